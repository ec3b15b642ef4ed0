using System.Globalization;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>
/// The command <c>verify-audit [TENANT] [--heads FILE]</c>: verifies the trail of one tenant or of all, and compares it with the heads that were
/// kept outside the database, one a line: in the portal's own anchor file, and in a file that this command's answers were copied to. Exit code 1
/// where anything is wrong.
/// </summary>
internal sealed class VerifyAuditCommand(
    CrossTenant crossTenant, IServiceScopeFactory scopes, Readiness readiness, IOptions<HostingOptions> hosting) : ICommand
{
    public const string Usage = "[TENANT] [--heads FILE], where TENANT is a short name, else all are verified, and FILE holds heads of chains kept earlier";

    public Task<CommandAnswer?> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) => arguments switch
    {
        [] => AnswerAsync(null, null, cancellationToken),
        ["--heads", var file] => AnswerAsync(null, file, cancellationToken),
        [var tenant] => AnswerAsync(tenant, null, cancellationToken),
        [var tenant, "--heads", var file] => AnswerAsync(tenant, file, cancellationToken),
        _ => Task.FromResult<CommandAnswer?>(null),
    };

    private async Task<CommandAnswer?> AnswerAsync(string? named, string? file, CancellationToken cancellationToken)
    {
        if (await readiness.ObstacleAsync(cancellationToken) is { } obstacle) return CommandAnswer.NotDone(obstacle);
        if (file is not null && !File.Exists(file)) return CommandAnswer.NotDone($"There is no file {file}.");
        var tenants = await TenantsAsync(named, cancellationToken);
        if (named is not null && tenants.Count == 0) return CommandAnswer.NotDone("There is no such organisation.");
        var anchors = Anchors.Read([.. await LinesAsync(hosting.Value.AuditAnchorPath, cancellationToken), .. await LinesAsync(file, cancellationToken)]);
        return await VerifyAsync(tenants, anchors, named is null, cancellationToken);
    }

    private static async Task<string[]> LinesAsync(string? file, CancellationToken cancellationToken) =>
        File.Exists(file) ? await File.ReadAllLinesAsync(file, cancellationToken) : [];

    private async Task<IReadOnlyList<TenantName>> TenantsAsync(string? named, CancellationToken cancellationToken) =>
        named is null ? await crossTenant.ListTenantsAsync(cancellationToken)
        : await crossTenant.FindTenantAsync(named, cancellationToken) is { } one ? [one]
        : [];

    private async Task<CommandAnswer> VerifyAsync(
        IReadOnlyList<TenantName> tenants, ILookup<string, ChainHead> anchors, bool areAll, CancellationToken cancellationToken)
    {
        var (words, isIntact) = (new StringBuilder(), true);
        foreach (var tenant in tenants)
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(tenant.Id);
            var found = await scope.ServiceProvider.GetRequiredService<VerifyAuditTrail>().HandleAsync([.. anchors[tenant.Slug]], cancellationToken);
            isIntact &= found.Intact;
            Tell(words, tenant, found, anchors[tenant.Slug].Count());
        }
        // A trail that is gone whole, with its tenant.
        foreach (var gone in anchors.Where(kept => areAll && tenants.All(tenant => tenant.Slug != kept.Key)))
        {
            isIntact = false;
            words.Append(CultureInfo.InvariantCulture, $"{gone.Key}: gone. {gone.Count()} heads of it were kept, and there is no such organisation.\n");
        }
        return new(isIntact ? 0 : 1, words.ToString().TrimEnd());
    }

    private static void Tell(StringBuilder words, TenantName tenant, AuditVerification found, int anchors)
    {
        words.Append(CultureInfo.InvariantCulture,
            $"{tenant.Slug}: {(found.Intact ? "intact" : $"{found.FindingCount} findings")}. {found.Events} events, {found.Seals} seals, {found.Unsealed} events not sealed yet");
        words.Append(CultureInfo.InvariantCulture, $"{(found.ReleasedSeals > 0 ? $", {found.ReleasedSeals} seals released" : "")}{(anchors > 0 ? $", {anchors} kept heads compared" : "")}.\n");
        foreach (var finding in found.Findings) words.Append(CultureInfo.InvariantCulture, $"  {finding.Fault}: {finding.Detail}\n");
        if (found.FindingCount > found.Findings.Count) words.Append(CultureInfo.InvariantCulture, $"  … and {found.FindingCount - found.Findings.Count} more\n");
        if (found.Head is { } head) words.Append(CultureInfo.InvariantCulture, $"  {Anchors.Line(tenant.Slug, head)}\n");
    }
}
