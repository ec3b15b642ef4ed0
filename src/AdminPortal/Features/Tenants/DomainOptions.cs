using System.Net;

namespace AdminPortal.Features.Tenants;

/// <summary>How the proof of a domain is looked for; section <c>Domains</c>.</summary>
internal sealed class DomainOptions
{
    public const string Section = "Domains";

    private const int DnsPort = 53;

    /// <summary>A name server to ask, as an address with or without a port: <c>192.0.2.53</c>, <c>[2001:db8::53]:5353</c>; empty: the system's own.</summary>
    public string DnsServer { get; set; } = "";

    /// <summary>For one answer.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a claim that is not proven is kept.</summary>
    public TimeSpan ClaimLasts { get; set; } = TimeSpan.FromDays(30);

    public IPEndPoint? Server => Read(DnsServer);

    public IEnumerable<string> Errors()
    {
        if (DnsServer.Length > 0 && Server is null)
            yield return $"{Section}:{nameof(DnsServer)} '{DnsServer}' is not an IP address, with or without a port.";
        if (Patience <= TimeSpan.Zero || Patience > TimeSpan.FromMinutes(1))
            yield return $"{Section}:{nameof(Patience)} is {Patience}; it must be more than nothing and at most one minute.";
        if (ClaimLasts < TimeSpan.FromDays(1) || ClaimLasts > TimeSpan.FromDays(365))
            yield return $"{Section}:{nameof(ClaimLasts)} is {ClaimLasts}; it must be from one day to a year.";
    }

    private static IPEndPoint? Read(string text) =>
        IPAddress.TryParse(text, out var address) ? new(address, DnsPort) : IPEndPoint.TryParse(text, out var read) && read.Port > 0 ? read : null;
}
