using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.MailAccess;

/// <summary>What one mailbox may use at one moment, and who decided it.</summary>
public sealed record MailboxAccess(MailboxWithLayers With, DateTimeOffset At)
{
    public Mailbox Mailbox => With.Mailbox;

    public AccessDecision this[MailProtocol protocol] => With.Decide(protocol, At);

    /// <summary>The same mailbox with other settings of its own; this one stays as it is.</summary>
    internal MailboxAccess Having(AccessSettings own)
    {
        var changed = new Mailbox
        {
            TenantId = Mailbox.TenantId, Id = Mailbox.Id, Address = Mailbox.Address, DisplayName = Mailbox.DisplayName, DomainId = Mailbox.DomainId, PlanId = Mailbox.PlanId, Access = own,
        };
        return this with { With = With with { Mailbox = changed, Layers = With.Layers with { Mailbox = own } } };
    }

    /// <summary>
    /// The hash of all that the representation says, so that whatever changes an answer (a plan, an exception's end) changes its tag. Taken of
    /// the facts rather than of the sentences: one state has one tag in every language.
    /// </summary>
    public string Tag() => Hash(Data.MailAccess.Protocols);

    /// <summary>The same of one protocol: who switches POP3 does not mind that IMAP4 was switched meanwhile.</summary>
    public string TagOf(MailProtocol protocol) => Hash([protocol]);

    private string Hash(IEnumerable<MailProtocol> protocols)
    {
        var facts = new StringBuilder(Mailbox.Id.ToString());
        foreach (var protocol in protocols)
        {
            var decision = this[protocol];
            facts.Append($"\n{protocol} {Mailbox.Access[protocol]} {decision.Allowed} {decision.DecidedBy} {LayerName(decision.DecidedBy)}");
            facts.Append($" {decision.Exception?.Id} {decision.Exception?.Version}");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts.ToString()))[..16]);
    }

    /// <summary>What the layer is called; null for an exception, which has a reason instead of a name.</summary>
    public string? LayerName(DecidedBy layer) => layer switch
    {
        DecidedBy.Mailbox => Mailbox.Address,
        DecidedBy.Plan => With.PlanName,
        DecidedBy.Domain => With.DomainName,
        DecidedBy.Tenant => With.TenantName,
        _ => null,
    };
}

/// <summary>Answers what a mailbox may use, in one round trip.</summary>
public sealed class GetMailAccess(StatelessQueries queries, TenantScope scope, TimeProvider time)
{
    /// <param name="mailbox">An address or an id.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    /// <returns>Null where the tenant has no such mailbox.</returns>
    public async Task<MailboxAccess?> FindAsync(string mailbox, CancellationToken cancellationToken) =>
        (await FindToChangeAsync(mailbox, cancellationToken))?.Access;

    /// <summary>The same with its state, so that it is changed only as it was seen.</summary>
    internal Task<FoundAccess?> FindToChangeAsync(string mailbox, CancellationToken cancellationToken)
    {
        var (tenant, at) = (scope.TenantId!.Value, time.GetUtcNow());
        var question = new NpgsqlBatchCommand { Parameters = { new() { Value = tenant }, new() { Value = at } } };
        var isId = Guid.TryParse(mailbox, out var id);
        question.Parameters.Add(new() { Value = isId ? id : MailAddressName.Normalise(mailbox) ?? "" });
        question.CommandText = FoundAccess.Sql($"SELECT * FROM mailbox m WHERE m.tenant_id = $1 AND m.{(isId ? "id" : "address")} = $3");
        return queries.AskAsync(tenant, question, ReadAsync, cancellationToken);

        async Task<FoundAccess?> ReadAsync(NpgsqlDataReader row, CancellationToken token) =>
            await row.ReadAsync(token) ? FoundAccess.Read(row, tenant, at) : null;
    }
}
