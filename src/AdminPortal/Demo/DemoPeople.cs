namespace AdminPortal.Demo;

/// <summary>Who lives in the demonstration: always the same people, so that scripts and screenshots find them again.</summary>
internal static class DemoPeople
{
    private static readonly string[] FirstNames =
    [
        "Adèle", "Bruno", "Camille", "Dorothy", "Élodie", "Farid", "Grace", "Hugo", "Inès", "James", "Katherine", "Léa", "Margaret", "Nathan",
        "Odile", "Paul", "Quentin", "Rosalind", "Sofia", "Théo", "Ursula", "Victor", "Wendy", "Xavier", "Yasmine",
    ];

    private static readonly string[] LastNames =
    [
        "Abbott", "Bernard", "Chevalier", "Dubois", "Evans", "Fournier", "Girard", "Hughes", "Ibrahim", "Joubert", "Keller", "Lefèvre",
        "Martin", "Nguyen", "O'Neil", "Petit", "Quinn", "Rousseau", "Schmidt", "Turner", "Ullmann", "Vasseur", "Wright", "Yilmaz", "Zimmermann",
    ];

    /// <summary>The given number of different people. The order is a stride through all pairs, so that neighbours do not share a name.</summary>
    public static IEnumerable<DemoPerson> Take(int count, int from = 0)
    {
        var pairs = FirstNames.Length * LastNames.Length;
        return Enumerable.Range(from, count).Select(n =>
        {
            var pair = n * 26 % pairs + n / pairs;
            return new DemoPerson(FirstNames[n % FirstNames.Length], LastNames[pair / FirstNames.Length % LastNames.Length]);
        });
    }
}

internal sealed record DemoPerson(string FirstName, string LastName)
{
    public string DisplayName => $"{FirstName} {LastName}";

    /// <summary>As addresses are made of names: without accents.</summary>
    public string LocalPart => string.Concat($"{FirstName}.{LastName}".ToLowerInvariant()
        .Normalize(System.Text.NormalizationForm.FormD)
        .Where(c => char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.NonSpacingMark));
}
