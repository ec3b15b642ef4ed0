using System.Net;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Connectivity;

/// <summary>How patient checks are and where they may go; section <c>Connectivity</c>.</summary>
internal sealed class ConnectivityOptions
{
    public const string Section = "Connectivity";

    /// <summary>For a whole check, name resolution included.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For a socket to open, all addresses of the name together.</summary>
    public TimeSpan ConnectPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For the first word of a server that should speak first. Some hold it back for seconds on purpose, against spammers.</summary>
    public TimeSpan GreetingPatience { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>For an answer to a goodbye.</summary>
    public TimeSpan SignOffPatience { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What a server may send in one check, in octets.</summary>
    public int MostOctets { get; set; } = 1024 * 1024;

    /// <summary>
    /// Addresses inside the operator's own network that saved endpoints may lead to, each with its port: <c>10.1.2.3:993</c>,
    /// <c>[fd00::25]:587</c>. The portal's own listeners need no entry.
    /// </summary>
    public List<string> AllowedAddresses { get; set; } = [];

    /// <summary>The same, read.</summary>
    public IReadOnlySet<IPEndPoint> Allowed => AllowedAddresses.Select(Read).OfType<IPEndPoint>().ToHashSet();

    public IEnumerable<string> Errors()
    {
        foreach (var (name, patience) in Patiences())
            if (patience <= TimeSpan.Zero || patience > TimeSpan.FromMinutes(2))
                yield return $"{Section}:{name} is {patience}; it must be more than nothing and at most two minutes.";
        if (MostOctets < 64 * 1024)
            yield return $"{Section}:{nameof(MostOctets)} is {MostOctets}; an honest server may need 65536.";
        foreach (var entry in AllowedAddresses.Where(entry => Read(entry) is null))
            yield return $"{Section}:{nameof(AllowedAddresses)}: '{entry}' is not an IP address with a port, such as 10.1.2.3:993 or [fd00::25]:587.";
    }

    private IEnumerable<(string, TimeSpan)> Patiences() =>
    [
        (nameof(Deadline), Deadline), (nameof(ConnectPatience), ConnectPatience), (nameof(GreetingPatience), GreetingPatience),
        (nameof(SignOffPatience), SignOffPatience),
    ];

    // IPEndPoint.TryParse takes an address without a port for port 0.
    private static IPEndPoint? Read(string entry) => IPEndPoint.TryParse(entry, out var read) && read.Port > 0 ? read : null;
}

internal sealed class LimitsOfChecks(IOptions<ConnectivityOptions> options) : ILimitsOfRoom
{
    public IEnumerable<ShownLimit> All => ShownLimit.Of(ConnectivityOptions.Section, options.Value);
}
