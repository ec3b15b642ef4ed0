using System.Net;

namespace AdminPortal.Hosting;

/// <summary>Where issuers of tenants may lie; section <c>OpenIdConnect</c>.</summary>
internal sealed class OpenIdConnectSettings
{
    public const string Section = "OpenIdConnect";

    /// <summary>Where issuers send people back to; each must have this address, below the portal's own, in its list.</summary>
    public const string CallbackPath = "/sign-in/callback";

    /// <summary>For one question to an issuer.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Addresses of issuers inside the operator's own network, or on another port than 443, each with its port: <c>10.1.2.3:8443</c>,
    /// <c>[fd00::25]:443</c>.
    /// </summary>
    public List<string> AllowedAddresses { get; set; } = [];

    /// <summary>Issuers on this machine, also without TLS: to develop and to test, never where others can reach the portal.</summary>
    public bool AllowLoopback { get; set; }

    public bool IsListed(IPEndPoint address) => (AllowLoopback && IPAddress.IsLoopback(address.Address)) || Listed.Contains(address);

    /// <summary>Whether a tenant may name this address at all; where it leads is looked at when it is connected to.</summary>
    public bool MayBeIssuer(Uri issuer) =>
        issuer is { IsAbsoluteUri: true, Query: "", Fragment: "", UserInfo: "" }
        && (issuer.Scheme == Uri.UriSchemeHttps || (AllowLoopback && issuer is { Scheme: "http", IsLoopback: true }));

    public IEnumerable<string> Errors()
    {
        if (Patience <= TimeSpan.Zero || Patience > TimeSpan.FromMinutes(1))
            yield return $"{Section}:{nameof(Patience)} is {Patience}; it must be more than nothing and at most one minute.";
        foreach (var entry in AllowedAddresses.Where(entry => Read(entry) is null))
            yield return $"{Section}:{nameof(AllowedAddresses)}: '{entry}' is not an IP address with a port, such as 10.1.2.3:8443 or [fd00::25]:443.";
    }

    private HashSet<IPEndPoint> Listed => [.. AllowedAddresses.Select(Read).OfType<IPEndPoint>()];

    // IPEndPoint.TryParse takes an address without a port for port 0.
    private static IPEndPoint? Read(string entry) => IPEndPoint.TryParse(entry, out var read) && read.Port > 0 ? read : null;
}
