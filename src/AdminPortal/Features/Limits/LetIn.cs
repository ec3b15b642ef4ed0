using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Limits;

/// <summary>
/// Forgets the wrong passwords for which somebody is held off. It takes effect within five seconds in every process. Where the account lies
/// in a tenant's domain, it is on record there.
/// </summary>
internal sealed partial class LetIn(CrossTenant crossTenant, IServiceScopeFactory scopes, Actor actor, ILogger<LetIn> logger)
{
    /// <returns>How many were forgotten; 0 where it was over already.</returns>
    public async Task<long> HandleAsync(string heldBy, string? account, string? address, CancellationToken cancellationToken)
    {
        var forgotten = await crossTenant.LetInAsync(heldBy, account, address, cancellationToken);
        LogLetIn(actor.Name, heldBy, address ?? "anywhere", forgotten);
        if (account?.Split('@') is [_, var domain] && await crossTenant.FindTenantOfDomainAsync(domain, cancellationToken) is { } tenant)
            await WriteAsync(tenant.Id, account, address, forgotten, cancellationToken);
        return forgotten;
    }

    private async Task WriteAsync(Guid tenantId, string account, string? address, long forgotten, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(tenantId);
        var db = scope.ServiceProvider.GetRequiredService<PortalDbContext>();
        db.Add(actor.Did(tenantId, AuditActions.LetIn, "account", null, account, after: new { from = address, wrongPasswords = forgotten }));
        await db.SaveChangesAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "{Administrator} let in who was held off by {Limit} from {Address}: {Guesses} guesses are forgotten.")]
    private partial void LogLetIn(string administrator, string limit, string address, long guesses);
}
