using System.Globalization;
using System.Text;

namespace AdminPortal.Data;

/// <summary>One mail account of a tenant.</summary>
public sealed class Mailbox : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary>The primary address, normalised by <see cref="MailAddressName.Normalise"/>.</summary>
    public required string Address { get; set; }

    public required string DisplayName { get; set; }

    /// <summary>The display name as lists are sorted by it: lower case, compared byte by byte. Written by the database.</summary>
    public string SortName { get; private set; } = "";

    public Guid DomainId { get; set; }

    public Guid? PlanId { get; set; }

    public Guid PodId { get; set; }

    /// <summary>The person's portal account, where there is one.</summary>
    public Guid? UserId { get; set; }

    /// <summary>The identity in the customer's own directory (Exchange's ExternalDirectoryObjectId).</summary>
    public string? ExternalId { get; set; }

    /// <summary>Exchange's Guid of the mailbox.</summary>
    public Guid? ExchangeGuid { get; set; }

    /// <summary>Lower case.</summary>
    public string? UserPrincipalName { get; set; }

    /// <summary>Exchange's Name, lower case: the last and weakest key that an import matches by.</summary>
    public string? ExchangeName { get; set; }

    /// <summary>The language of refusals and hand-outs; null follows the tenant.</summary>
    public string? Language { get; set; }

    public AccessSettings Access { get; set; } = AccessSettings.Inherited;

    public ClientPreferences Preferences { get; set; } = ClientPreferences.Unset;

    /// <summary>Octets it may hold; null follows the plan, then what the installation sets for all.</summary>
    public long? Quota { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public long Version { get; set; } = 1;

    public List<MailboxAlias> Aliases { get; init; } = [];
}

/// <summary>Another address at which a mailbox receives, and may send from.</summary>
public sealed class MailboxAlias : ITenantOwned
{
    public Guid TenantId { get; init; }

    public required string Address { get; init; }

    public Guid MailboxId { get; init; }
}

/// <summary>Spelling of mail addresses as the portal stores and compares them.</summary>
public static class MailAddressName
{
    private static readonly IdnMapping Idn = new();

    /// <summary>Lower case, the domain in ASCII (IDNA) form, or null where it is not an address that this portal accepts.</summary>
    /// <remarks>RFC 5321, section 4.1.2, dot-string form only: no quoted local parts, no address literals. <c>/</c> is refused, because
    /// addresses stand in paths. At most 254 octets (RFC 5321, 4.5.3.1.3), the local part at most 64.</remarks>
    public static string? Normalise(string? text)
    {
        var trimmed = text?.Trim();
        if (string.IsNullOrEmpty(trimmed)) return null;

        var at = trimmed.LastIndexOf('@');
        if (at is < 1 or > 64) return null;
        var local = trimmed[..at].ToLowerInvariant();
        var domain = NormaliseDomain(trimmed[(at + 1)..]);
        if (domain is null || !IsDotString(local)) return null;

        var address = $"{local}@{domain}";
        return address.Length <= 254 ? address : null;
    }

    /// <summary>Lower case and ASCII, or null where it is not a host name of at least two labels.</summary>
    public static string? NormaliseDomain(string? text)
    {
        var trimmed = text?.Trim().TrimEnd('.');
        if (string.IsNullOrEmpty(trimmed) || !trimmed.Contains('.')) return null;
        var ascii = (IsPlain(trimmed) ? trimmed : InAscii(trimmed))?.ToLowerInvariant();
        return ascii is { Length: <= 253 } && Uri.CheckHostName(ascii) == UriHostNameType.Dns ? ascii : null;
    }

    // Nearly all names: IDNA would leave them as they are, and take ten times as long for a million rows as all the rest of their reading.
    private static bool IsPlain(string domain) => Ascii.IsValid(domain) && !domain.Contains("xn--", StringComparison.OrdinalIgnoreCase);

    private static string? InAscii(string domain)
    {
        try
        {
            return Idn.GetAscii(domain);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsDotString(string local) =>
        !local.StartsWith('.') && !local.EndsWith('.') && !local.Contains("..", StringComparison.Ordinal) && local.All(IsAtomText);

    // RFC 5322, 3.2.3 atext without "/", and RFC 6531's non-ASCII letters.
    private static bool IsAtomText(char c) =>
        char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-=?^_`{|}~.".Contains(c) || (c > 127 && char.IsLetterOrDigit(c));
}
