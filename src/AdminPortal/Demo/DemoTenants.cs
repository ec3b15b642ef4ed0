using AdminPortal.Data;

namespace AdminPortal.Demo;

/// <summary>What the two tenants of the demonstration are made of.</summary>
/// <param name="Slug">As in addresses of pages.</param>
/// <param name="Name">As people say it.</param>
/// <param name="Pod">Where the mailboxes live.</param>
/// <param name="Domains">The domains and what they say about access, the first being the one that people have addresses in.</param>
/// <param name="Plans">Names and settings.</param>
/// <param name="Mailboxes">How many, the special ones included.</param>
/// <param name="WithPasswords">How many of them can sign in.</param>
internal sealed record DemoTenant(
    string Slug, string Name, PodKind Pod, DemoLayer[] Domains, DemoLayer[] Plans, int Mailboxes, int WithPasswords)
{
    public static readonly DemoTenant Contoso = new(
        "contoso", "Contoso", PodKind.Embedded,
        [
            new("contoso.example", AccessSettings.Inherited),
            new("contoso-france.example", AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled }),
        ],
        [
            new("Office", AccessSettings.Inherited),
            new("Frontline", AccessSettings.Inherited with { Imap = AccessSetting.Disabled }),
            new("Machines", new(AccessSetting.Disabled, AccessSetting.Disabled, AccessSetting.Enabled)),
        ],
        Mailboxes: 250, WithPasswords: 120);

    public static readonly DemoTenant Fabrikam = new(
        "fabrikam", "Fabrikam", PodKind.ExchangeScript,
        [new("fabrikam.example", AccessSettings.Inherited)],
        [new("ExchangeOnline", AccessSettings.Inherited), new("ExchangeOnlineDeskless", AccessSettings.Inherited with { Imap = AccessSetting.Disabled })],
        Mailboxes: 40, WithPasswords: 0);

    public static readonly IReadOnlyList<DemoTenant> All = [Contoso, Fabrikam];

    /// <summary>The person whose mailbox the documentation, the screenshots and the scripts speak of.</summary>
    public string FirstAddress => $"first.mailbox@{Domains[0].Name}";

    /// <summary>The mailbox that the portal's own mail is sent from, where there is a server of our own to send it.</summary>
    public string SenderAddress => $"portal@{Domains[0].Name}";

    private bool HasSender => Pod == PodKind.Embedded;

    /// <summary>Addresses and names in the order in which they are made.</summary>
    public IEnumerable<(string Address, string DisplayName, string Domain, int Number)> People()
    {
        yield return (FirstAddress, "First Mailbox", Domains[0].Name, 0);
        var number = 1;
        foreach (var person in DemoPeople.Take(Mailboxes - (HasSender ? 2 : 1), from: Slug.Length * 31))
        {
            // Every fifth person works at the second domain, where there is one.
            var domain = Domains[number % 5 == 0 ? Domains.Length - 1 : 0].Name;
            yield return ($"{person.LocalPart}@{domain}", person.DisplayName, domain, number++);
        }
        if (HasSender) yield return (SenderAddress, "AdminPortal", Domains[0].Name, number);
    }
}

internal sealed record DemoLayer(string Name, AccessSettings Access);
