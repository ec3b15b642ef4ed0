using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>Whose access tokens open the tenant's mailboxes to mail programs.</summary>
/// <param name="Issuer">The issuer's identifier, exactly as it stands in its tokens and its discovery document.</param>
/// <param name="Audience">For whom the tokens must be: this mail server's name at the issuer.</param>
/// <param name="AddressClaim">Which claim names the mailbox by one of its addresses.</param>
/// <param name="AddressTrust">What makes that an address which its person has proved to own.</param>
/// <param name="Scopes">What a token must be good for.</param>
internal sealed record MailTokens(string Issuer, string Audience, string AddressClaim, AddressTrust AddressTrust, MailTokenScopes Scopes)
{
    private const string UsualClaim = "email";
    private static readonly MailTokens Empty = new("", "", UsualClaim, AddressTrust.VerifiedClaim, new(null, null, null));

    public static MailTokens? Of(MailTokenIssuer? row) => row is null
        ? null
        : new(row.Issuer, row.Audience, row.AddressClaim, row.AddressTrust, new(row.Pop3Scope, row.ImapScope, row.SmtpScope));

    public static MailTokens With(MailTokens? now, MergePatch<MailTokensPatch> patch)
    {
        var before = now ?? Empty;
        return new(
            patch.Has(p => p.Issuer, out var issuer) ? issuer?.Trim() ?? "" : before.Issuer,
            patch.Has(p => p.Audience, out var audience) ? audience?.Trim() ?? "" : before.Audience,
            patch.Has(p => p.AddressClaim, out var claim) ? claim?.Trim() ?? UsualClaim : before.AddressClaim,
            patch.Has(p => p.AddressTrust, out var trust) ? trust ?? AddressTrust.VerifiedClaim : before.AddressTrust,
            patch.Has(p => p.Scopes) ? ScopesWith(before.Scopes, patch.At(p => p.Scopes)) : before.Scopes);
    }

    /// <summary>What is wrong with it, or null.</summary>
    public ChangeOutcome.Invalid? Wrong(OpenIdConnectSettings rules)
    {
        if (Issuer.Length > 300 || !Uri.TryCreate(Issuer, UriKind.Absolute, out var issuer) || !rules.MayBeIssuer(issuer))
            return new("tokens.issuer", "Give the issuer's https address, such as https://login.example.org/realms/staff, without query.");
        if (!IsWord(Audience, 300)) return new("tokens.audience", "Name for whom the tokens must be: 1 to 300 characters without blanks.");
        if (!IsWord(AddressClaim, 100)) return new("tokens.addressClaim", "Name a claim: 1 to 100 characters without blanks.");
        return new[] { Scopes.Pop3, Scopes.Imap, Scopes.Smtp }.All(scope => scope is null || IsWord(scope, 200))
            ? null
            : new("tokens.scopes", "Each is one scope of at most 200 characters without blanks, or null.");
    }

    public MailTokenIssuer ToRow(Guid tenantId) => new()
    {
        TenantId = tenantId, Id = Guid.CreateVersion7(), Issuer = Issuer, Audience = Audience, AddressClaim = AddressClaim, AddressTrust = AddressTrust,
        Pop3Scope = Scopes.Pop3, ImapScope = Scopes.Imap, SmtpScope = Scopes.Smtp,
    };

    private static MailTokenScopes ScopesWith(MailTokenScopes now, MergePatch<MailTokenScopes>? patch) => patch is null
        ? Empty.Scopes
        : new(
            patch.Has(s => s.Pop3, out var pop3) ? Nothing(pop3) : now.Pop3, patch.Has(s => s.Imap, out var imap) ? Nothing(imap) : now.Imap,
            patch.Has(s => s.Smtp, out var smtp) ? Nothing(smtp) : now.Smtp);

    private static string? Nothing(string? scope) => string.IsNullOrWhiteSpace(scope) ? null : scope.Trim();

    private static bool IsWord(string text, int longest) => text.Length > 0 && text.Length <= longest && text.All(c => c is > ' ' and <= '~');
}

/// <summary>What a token must be good for, for each protocol, such as <c>IMAP.AccessAsUser.All</c>; null: any token for the audience will do.</summary>
/// <param name="Pop3">For POP3.</param>
/// <param name="Imap">For IMAP4.</param>
/// <param name="Smtp">For sending.</param>
internal sealed record MailTokenScopes(string? Pop3 = null, string? Imap = null, string? Smtp = null);

/// <summary>What of it shall change.</summary>
/// <param name="Issuer">The issuer's identifier, exactly as it stands in its tokens and its discovery document.</param>
/// <param name="Audience">For whom the tokens must be: this mail server's name at the issuer.</param>
/// <param name="AddressClaim">Which claim names the mailbox by one of its addresses; null: email.</param>
/// <param name="AddressTrust">What makes that an address which its person has proved to own.</param>
/// <param name="Scopes">What a token must be good for; null: nothing in particular.</param>
internal sealed record MailTokensPatch(
    string? Issuer = null, string? Audience = null, string? AddressClaim = null, AddressTrust? AddressTrust = null, MailTokenScopes? Scopes = null);
