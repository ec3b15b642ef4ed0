using DnsClient;
using DnsClient.Protocol;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Tenants;

/// <summary>
/// What a name's TXT records say; none where the name does not exist; null where no name server answers. The outside world, so that it may be
/// another one.
/// </summary>
internal delegate Task<IReadOnlyList<string>?> ReadTextRecords(string name, CancellationToken cancellationToken);

/// <summary>Asks the operator's name server, or the system's.</summary>
internal sealed class TextRecords(IOptions<DomainOptions> options)
{
    private readonly Lazy<LookupClient> client = new(() => new(OptionsOf(options.Value)));

    public async Task<IReadOnlyList<string>?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            // Absolute, so that no search domain of this machine is put behind it.
            var answer = await client.Value.QueryAsync($"{name}.", QueryType.TXT, cancellationToken: cancellationToken);
            if (answer.HasError && answer.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain) return null;
            // RFC 7208, 3.3: the strings of one record belong together without a space.
            return [.. answer.Answers.OfType<TxtRecord>().Select(record => string.Concat(record.Text))];
        }
        catch (DnsResponseException)
        {
            return null;
        }
    }

    private static LookupClientOptions OptionsOf(DomainOptions options)
    {
        var asked = options.Server is { } server ? new LookupClientOptions(server) : new LookupClientOptions();
        (asked.Timeout, asked.Retries, asked.UseCache, asked.ThrowDnsErrors) = (options.Patience, 1, false, false);
        return asked;
    }
}
