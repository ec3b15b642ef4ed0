using System.Security.Cryptography;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>How looking for a proof ended.</summary>
internal enum ProofOutcome
{
    /// <summary>The domain is the tenant's, now or since before.</summary>
    Proven,

    /// <summary>There is no such record, or it says something else.</summary>
    NotThere,

    /// <summary>No name server answered.</summary>
    NoAnswer,

    /// <summary>The record is right, but another organisation has proved the domain, or was given it, first.</summary>
    TakenByAnother,

    NotFound,
}

/// <summary>
/// Whoever writes into a domain's DNS owns it. The record to write holds a token that the claim was given, so that one tenant's record
/// proves nothing for another; a domain that several claim goes to the first whose record is found.
/// </summary>
internal sealed class DomainProof(PortalDbContext db, ReadTextRecords records, RecordedChange change, Actor actor, TimeProvider time)
{
    /// <summary>What kind of record it is.</summary>
    public const string Type = "TXT";

    private const int TokenOctets = 20;

    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenOctets));

    /// <summary>Where the record must stand.</summary>
    public static string NameOf(string domain) => $"_adminportal-challenge.{domain}";

    /// <summary>What it must say.</summary>
    public static string ValueOf(string token) => $"adminportal-verification={token}";

    public async Task<ProofOutcome> CheckAsync(Guid domainId, CancellationToken cancellationToken)
    {
        var domain = await db.Domains.SingleOrDefaultAsync(d => d.Id == domainId, cancellationToken);
        if (domain is null) return ProofOutcome.NotFound;
        if (domain is { ActiveSince: not null } or { Challenge: null }) return ProofOutcome.Proven;

        if (await records(NameOf(domain.Name), cancellationToken) is not { } found) return ProofOutcome.NoAnswer;
        return found.Any(text => text.Trim() == ValueOf(domain.Challenge)) ? await ActivateAsync(domain, cancellationToken) : ProofOutcome.NotThere;
    }

    private async Task<ProofOutcome> ActivateAsync(Domain domain, CancellationToken cancellationToken)
    {
        (domain.ActiveSince, domain.Challenge, domain.NextCheckAt) = (time.GetUtcNow(), null, null);
        var record = actor.Did(domain.TenantId, AuditActions.DomainProven, "domain", domain.Id, domain.Name, after: new { record = NameOf(domain.Name) });
        return await change.SaveAsync(record, moved: null, "", cancellationToken) switch
        {
            ChangeOutcome.Done => ProofOutcome.Proven,
            ChangeOutcome.Refused => ProofOutcome.TakenByAnother,
            // Somebody removed it, or the other looker was first.
            _ => await db.Domains.AnyAsync(d => d.Id == domain.Id && d.ActiveSince != null, cancellationToken) ? ProofOutcome.Proven : ProofOutcome.NotFound,
        };
    }
}
