using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Demo;

/// <summary>
/// The demonstration's own mail goes to the reference server itself, unless the settings name another: the portal signs in as the
/// tenant's service and sends for a mailbox of that tenant. So it reaches the demonstration's mailboxes, and nobody outside.
/// </summary>
internal sealed class DemoMailRoute(
    IServiceScopeFactory scopes, CrossTenant crossTenant, IOptions<OutgoingMailOptions> options, IOptions<MailServerAddresses> server) : IMailRoutes
{
    public bool IsOpen => true;

    public async Task<MailRoute?> FindAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Route is { } configured) return configured;
        if (server.Value.SubmissionsPort is not { } port) return null;
        if (await crossTenant.FindTenantAsync(DemoTenant.Contoso.Slug, cancellationToken) is not { } tenant) return null;

        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(tenant.Id);
        return await FindAsync(scope.ServiceProvider, port, cancellationToken);
    }

    private async Task<MailRoute?> FindAsync(IServiceProvider services, int port, CancellationToken cancellationToken)
    {
        var db = services.GetRequiredService<PortalDbContext>();
        // A demonstration from before the portal sent mail has no mailbox for it.
        string[] senders = [DemoTenant.Contoso.SenderAddress, DemoTenant.Contoso.FirstAddress];
        var sender = await db.Mailboxes.AsNoTracking().Where(m => senders.Contains(m.Address)).OrderBy(m => m.Address != senders[0]).FirstOrDefaultAsync(cancellationToken);
        if (sender is null) return null;
        var pod = await db.Pods.AsNoTracking().SingleAsync(p => p.Id == sender.PodId, cancellationToken);
        if (await db.ServiceCredentials.AsNoTracking().FirstOrDefaultAsync(c => c.PodId == pod.Id, cancellationToken) is not { } service) return null;

        var password = services.GetRequiredService<ServiceCredentials>().Open(service, pod);
        return new("localhost", port, ConnectionSecurity.ImplicitTls, service.UserName, password, sender.Address, $"AdminPortal <{sender.Address}>", options.Value.Timeout);
    }
}
