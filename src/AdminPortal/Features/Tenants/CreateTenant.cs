using System.Text.RegularExpressions;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Features.Tenants;

/// <summary>What a new tenant starts from.</summary>
/// <param name="Slug">The short name in addresses: lower-case letters, digits and hyphens, at most 63.</param>
/// <param name="Name">What people call the organisation.</param>
/// <param name="Languages">Of the tenant's pages, the default first.</param>
internal sealed record CreateTenantRequest(string Slug, string Name, IReadOnlyList<string>? Languages = null);

/// <summary>How making a tenant ended.</summary>
internal abstract record CreateTenantOutcome
{
    private CreateTenantOutcome() { }

    public sealed record Created(Tenant Tenant, Pod Pod) : CreateTenantOutcome;

    public sealed record Invalid(string Field, string Message) : CreateTenantOutcome;

    public sealed record SlugTaken : CreateTenantOutcome;

    public sealed record DomainTaken : CreateTenantOutcome;
}

/// <summary>
/// Makes a tenant that works from the first minute: everything on, a pod on the reference server, the credential with which the checker
/// signs in there, and connection settings that name this server. The unit of work enters the new tenant, unless it entered an id for it before.
/// </summary>
internal sealed partial class CreateTenant(PortalDbContext db, TenantScope scope, ServiceCredentials credentials, Actor actor, TimeProvider time)
{
    private const string PodName = "Reference server";
    private static readonly string[] KnownLanguages = ["en", "fr"];

    /// <param name="request">What it starts from.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    /// <param name="firstDomain">A domain that it has from the start; null for none.</param>
    public async Task<CreateTenantOutcome> HandleAsync(CreateTenantRequest request, CancellationToken cancellationToken, string? firstDomain = null)
    {
        if (Wrong(request) is { } wrong) return wrong;
        var domain = MailAddressName.NormaliseDomain(firstDomain);
        if (firstDomain is not null && domain is null) return new CreateTenantOutcome.Invalid("domain", "This is no domain name, such as contoso.example.");

        var tenant = new Tenant { Id = scope.TenantId ?? Guid.CreateVersion7(), Slug = request.Slug, Name = request.Name.Trim() };
        if (request.Languages is { } languages) tenant.Languages = [.. languages];
        scope.Enter(tenant.Id);
        var pod = new Pod { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = PodName, Kind = PodKind.Embedded };

        db.AddRange(tenant, pod, credentials.Generate(pod));
        db.AddRange(EndpointsOfThisServer(tenant.Id));
        db.Add(actor.Did(tenant.Id, AuditActions.TenantCreated, "tenant", tenant.Id, tenant.Name, after: new { tenant.Slug, tenant.Name, tenant.Languages, tenant.Access }));
        if (domain is not null) AddDomain(tenant.Id, domain);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return new CreateTenantOutcome.Created(tenant, pod);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken)
        {
            return taken.TableName == "domain" ? new CreateTenantOutcome.DomainTaken() : new CreateTenantOutcome.SlugTaken();
        }
    }

    private void AddDomain(Guid tenantId, string name)
    {
        var domain = new Domain { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = name, ActiveSince = time.GetUtcNow(), ClaimedAt = time.GetUtcNow() };
        db.Add(domain);
        db.Add(actor.Did(tenantId, AuditActions.DomainCreated, "domain", domain.Id, name, after: new { domain.Name, domain.Access }));
    }

    private static CreateTenantOutcome.Invalid? Wrong(CreateTenantRequest request)
    {
        // A slug that reads as an id would be taken for one.
        if (!SlugShape().IsMatch(request.Slug) || Guid.TryParse(request.Slug, out _))
            return new("slug", "Use lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit.");
        if (request.Name.Trim().Length is 0 or > 200) return new("name", "Give 1 to 200 characters.");
        return WrongLanguages(request.Languages) is { } message ? new("languages", message) : null;
    }

    internal static string? WrongLanguages(IReadOnlyList<string>? languages) =>
        languages is null || languages.Count > 0 && languages.Distinct().Count() == languages.Count && languages.All(KnownLanguages.Contains)
            ? null
            : $"Name one or more of {string.Join(", ", KnownLanguages)}, each once.";

    // TLS from the first byte is the one recommended (RFC 8314, 3); STARTTLS is there for programs that know nothing else.
    private static IEnumerable<MailEndpoint> EndpointsOfThisServer(Guid tenantId) =>
        from protocol in Data.MailAccess.Protocols
        from security in new[] { ConnectionSecurity.ImplicitTls, ConnectionSecurity.StartTls }
        select new MailEndpoint
        {
            TenantId = tenantId,
            Protocol = protocol,
            Preset = EndpointPreset.ThisServer,
            Security = security,
            Position = (short)(security == ConnectionSecurity.ImplicitTls ? 0 : 1),
        };

    [GeneratedRegex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex SlugShape();
}
