using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Hosting;

namespace AdminPortal.Demo;

/// <summary>
/// What <c>DATA/demo.json</c> holds: who can sign in to the demonstration, and with what. Written (mode 600) before anything is seeded, so
/// that a start which is interrupted goes on with the same passwords.
/// </summary>
internal sealed record DemoSecrets(string Portal, List<DemoUser> Users, List<DemoToken> Tokens, List<DemoMailbox> Mailboxes)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static DemoSecrets? Read(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize<DemoSecrets>(File.ReadAllBytes(path), Json) : null;

    /// <summary>All of it or nothing: a file half written would lock everybody out.</summary>
    public void Write(string path)
    {
        var unfinished = path + ".new";
        using (var file = new FileStream(unfinished, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(file, this, Json);
        }
        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>New passwords and tokens for everybody who shall have some.</summary>
    public static DemoSecrets Make(string portal)
    {
        var mailboxes = DemoTenant.All.SelectMany(tenant => tenant.People().Take(tenant.WithPasswords)
            .Select(person => new DemoMailbox(tenant.Slug, person.Address, MailPasswords.Generate(), MailPasswords.Generate()))).ToList();
        var users = DemoTenant.All.SelectMany(tenant => Roles.Select(role => UserOf(tenant, role, mailboxes)))
            .Prepend(new(null, nameof(PortalRole.PlatformAdmin), "platform@adminportal.example", MailPasswords.Generate())).ToList();
        var tokens = users.Select(user => new DemoToken(user.Tenant, user.Role, ScopesOf(user.Role), TokenText.Make())).ToList();
        return new(portal, users, tokens, mailboxes);
    }

    private static readonly string[] Roles =
        [nameof(PortalRole.TenantAdmin), nameof(PortalRole.Helpdesk), nameof(PortalRole.Auditor), nameof(PortalRole.MailboxOwner)];

    // The mailbox owner signs in to the portal with the very password of the mailbox.
    private static DemoUser UserOf(DemoTenant tenant, string role, List<DemoMailbox> mailboxes)
    {
        var userName = role switch
        {
            nameof(PortalRole.TenantAdmin) => $"admin@{tenant.Domains[0].Name}",
            nameof(PortalRole.MailboxOwner) => tenant.FirstAddress,
            _ => $"{role.ToLowerInvariant()}@{tenant.Domains[0].Name}",
        };
        var password = mailboxes.FirstOrDefault(m => m.Address == userName)?.Password ?? MailPasswords.Generate();
        return new(tenant.Slug, role, userName, password);
    }

    private static string[] ScopesOf(string role) => role switch
    {
        nameof(PortalRole.MailboxOwner) => [Scopes.Me],
        nameof(PortalRole.Auditor) => [Scopes.MailboxesRead, Scopes.AccessRead, Scopes.SettingsRead, Scopes.AuditRead],
        nameof(PortalRole.Helpdesk) => [Scopes.MailboxesRead, Scopes.AccessRead, Scopes.AccessWrite, Scopes.ChecksRun, Scopes.SettingsRead],
        _ => [.. Scopes.All],
    };
}

/// <param name="Tenant">Null for the platform administrator.</param>
/// <param name="Role">One of <see cref="PortalRole"/>, by name.</param>
/// <param name="UserName">What is typed at the sign-in page.</param>
/// <param name="Password">Made at first start.</param>
internal sealed record DemoUser(string? Tenant, string Role, string UserName, string Password);

internal sealed record DemoToken(string? Tenant, string Role, string[] Scopes, string Token);

internal sealed record DemoMailbox(string Tenant, string Address, string Password, string AppPassword);
