using System.Text;

namespace AdminPortal.Features.SignIn.Passwords;

/// <summary>
/// Whether a long password is nevertheless among the first that anybody would try. Everything well known is crossed out: common words, in
/// plain and disguised spelling, the person's own names, rows of keys, sequences, years, repetitions. What is left must still be something.
/// </summary>
internal static class GuessablePassword
{
    private const int MustBeLeft = 8;
    private const int DifferentOnes = 5;
    private const int ShortestName = 3;

    // Rows of the common keyboards, the alphabet and the digits: four neighbours in either direction are no secret.
    private const int RowLength = 4;
    private static readonly string[] Rows =
    [
        .. new[]
        {
            "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm", "qazwsxedcrfvtgbyhnujmikolp",
            "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "1a2z3e4r5t6y7u8i9o0p", "abcdefghijklmnopqrstuvwxyz", "01234567890",
        }.SelectMany(row => new[] { row, Reversed(row) }),
    ];

    private static readonly string[] CommonWords = ReadWords();

    public static bool Is(string password, IEnumerable<string> names)
    {
        var known = names.SelectMany(WordsOf).Where(name => name.Length >= ShortestName).Concat(CommonWords).OrderByDescending(word => word.Length).ToList();
        var plain = WithoutRepetition(password.Normalize(NormalizationForm.FormKC).ToLowerInvariant());
        var left = string.Concat(CrossOut(Undisguised(CrossOut(plain, known)), known).Where(char.IsLetterOrDigit));
        return left.Length < MustBeLeft || left.Distinct().Count() < DifferentOnes;
    }

    private static string CrossOut(string text, List<string> known) =>
        WithoutRows(known.Aggregate(text, (left, word) => left.Replace(word, " ", StringComparison.Ordinal)));

    /// <summary><c>abcabcabc</c> is as good as <c>abc</c>.</summary>
    private static string WithoutRepetition(string text)
    {
        for (var period = 1; period <= text.Length / 2; period++)
            if (Enumerable.Range(period, text.Length - period).All(at => text[at] == text[at - period]))
                return text[..period];
        return text;
    }

    private static string WithoutRows(string text)
    {
        var left = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var length = RowAt(text, at);
            left.Append(length < RowLength ? text[at] : ' ');
            at += length < RowLength ? 1 : length;
        }
        return left.ToString();
    }

    /// <summary>How many characters from here on lie in a row, or are the same.</summary>
    private static int RowAt(string text, int at)
    {
        var same = text.AsSpan(at).IndexOfAnyExcept(text[at]) is var other and >= 0 ? other : text.Length - at;
        var longest = same;
        for (var length = RowLength; at + length <= text.Length && Rows.Any(row => row.Contains(text.Substring(at, length), StringComparison.Ordinal)); length++)
            longest = Math.Max(longest, length);
        return longest;
    }

    // "P@ssw0rd" fools nobody.
    private static string Undisguised(string text) => string.Concat(text.Select(c => c switch
    {
        '@' or '4' => 'a', '3' or '€' => 'e', '1' or '!' or '|' => 'i', '0' => 'o', '5' or '$' => 's', '7' or '+' => 't', _ => c,
    }));

    private static IEnumerable<string> WordsOf(string name) =>
        new string([.. name.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Reversed(string row) => string.Concat(row.Reverse());

    private static string[] ReadWords()
    {
        using var stream = typeof(GuessablePassword).Assembly.GetManifestResourceStream("AdminPortal.Features.SignIn.Passwords.CommonWords.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }
}
