using AdminPortal.Data;
using AdminPortal.Features.MailAccess;
using AdminPortal.Features.Tenants;

namespace AdminPortal.Demo;

/// <summary>Makes one tenant of the demonstration with everything in it, in one transaction.</summary>
internal sealed class DemoTenantSeed(
    PortalDbContext db, TenantScope scope, CreateTenant createTenant, MailPasswords passwords, DemoPeopleOfPortal people, SetMailAccess setMailAccess, Actor actor,
    TimeProvider time)
{
    public async Task SeedAsync(DemoTenant demo, DemoSecrets secrets, CancellationToken cancellationToken)
    {
        // Row-level security is told the tenant when the connection opens, so it is entered before the transaction begins.
        scope.Enter(Guid.CreateVersion7());
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await createTenant.HandleAsync(new(demo.Slug, demo.Name), cancellationToken) is not CreateTenantOutcome.Created created) return;

        var tenant = created.Tenant;
        var pod = demo.Pod == PodKind.Embedded ? created.Pod : ExchangeOnline(tenant.Id, demo);
        var domains = demo.Domains.Select(d => new Domain
        {
            TenantId = tenant.Id,
            Id = Guid.CreateVersion7(),
            Name = d.Name,
            Access = d.Access,
            ActiveSince = time.GetUtcNow(),
        }).ToList();
        var plans = demo.Plans.Select(p => new Plan { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = p.Name, Access = p.Access }).ToList();
        db.AddRange(domains);
        db.AddRange(plans);
        if (demo.Pod == PodKind.ExchangeScript) db.AddRange(ExchangeEndpoints(domains[0]));

        var mailboxes = demo.People().Select(p => Mailbox(p, domains.Single(d => d.Name == p.Domain), plans, pod)).ToList();
        db.AddRange(mailboxes);
        await AddPeopleAsync(demo, tenant.Id, mailboxes, secrets, cancellationToken);
        AddHistory(mailboxes);
        await db.SaveChangesAsync(cancellationToken);
        await SwitchSomeAsync(mailboxes, secrets.Users.First(u => u.Tenant == demo.Slug).UserName, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private Pod ExchangeOnline(Guid tenantId, DemoTenant demo)
    {
        var pod = new Pod { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = "Exchange Online", Kind = demo.Pod, Host = "outlook.office365.com" };
        db.Add(pod);
        return pod;
    }

    private static IEnumerable<MailEndpoint> ExchangeEndpoints(Domain domain) =>
        from protocol in Data.MailAccess.Protocols
        let line = ConnectionTable.ExchangeOnline(protocol)
        select new MailEndpoint
        {
            TenantId = domain.TenantId,
            DomainId = domain.Id,
            Protocol = protocol,
            Preset = EndpointPreset.ExchangeOnline,
            Host = line.Host,
            Port = line.Port,
            Security = line.Security,
        };

    private static Mailbox Mailbox((string Address, string DisplayName, string Domain, int Number) person, Domain domain, List<Plan> plans, Pod pod)
    {
        var mailbox = new Mailbox
        {
            TenantId = domain.TenantId,
            Id = Guid.CreateVersion7(),
            Address = person.Address,
            DisplayName = person.DisplayName,
            DomainId = domain.Id,
            // Most people have the first plan, every sixth another, some none.
            PlanId = person.Number % 17 == 3 ? null : plans[person.Number % 6 == 5 ? 1 + person.Number / 6 % (plans.Count - 1) : 0].Id,
            PodId = pod.Id,
            ExternalId = Guid.CreateVersion7().ToString(),
            UserPrincipalName = person.Address,
            ExchangeName = person.DisplayName.ToLowerInvariant(),
            Language = domain.Name.Contains("france", StringComparison.Ordinal) ? "fr" : null,
            Access = person.Number % 9 == 4 ? new(AccessSetting.Disabled, AccessSetting.Inherit, AccessSetting.Inherit) : AccessSettings.Inherited,
        };
        if (person.Number == 0)
            mailbox.Aliases.Add(new() { TenantId = domain.TenantId, MailboxId = mailbox.Id, Address = $"first@{domain.Name}" });
        return mailbox;
    }

    private async Task AddPeopleAsync(
        DemoTenant demo, Guid tenantId, List<Mailbox> mailboxes, DemoSecrets secrets, CancellationToken cancellationToken)
    {
        var byAddress = mailboxes.ToDictionary(m => m.Address);
        var owned = secrets.Mailboxes.Where(m => m.Tenant == demo.Slug).ToList();
        var wanted = owned.Select(m => (UserName: m.Address, m.Password))
            .Union(secrets.Users.Where(u => u.Tenant == demo.Slug).Select(u => (u.UserName, u.Password))).ToList();
        var users = wanted.AsParallel().Select(w => people.Make(w.UserName, w.Password, byAddress.GetValueOrDefault(w.UserName)?.DisplayName))
            .ToDictionary(u => u.UserName!);
        db.AddRange(users.Values);

        foreach (var (address, user) in users)
            if (byAddress.TryGetValue(address, out var mailbox)) mailbox.UserId = user.Id;
        foreach (var member in secrets.Users.Where(u => u.Tenant == demo.Slug && u.Role != nameof(PortalRole.MailboxOwner)))
            db.Add(new Member { TenantId = tenantId, UserId = users[member.UserName].Id, Role = Enum.Parse<PortalRole>(member.Role) });
        foreach (var token in secrets.Tokens.Where(t => t.Tenant == demo.Slug))
            db.Add(DemoPeopleOfPortal.Token(token, tenantId, users[secrets.Users.Single(u => u.Tenant == demo.Slug && u.Role == token.Role).UserName].Id));
        foreach (var secret in owned)
        {
            var mailbox = byAddress[secret.Address];
            await passwords.SetAccountPasswordAsync(mailbox, owner: null, secret.Password, chosen: false, cancellationToken);
            await passwords.AddAppPasswordAsync(mailbox, AppPasswordWanted.Unlimited("Phone"), secret.AppPassword, cancellationToken);
        }
    }

    /// <summary>Sign-ins of the last days and exceptions of every kind, so that lists have something to say.</summary>
    private void AddHistory(List<Mailbox> mailboxes)
    {
        var now = time.GetUtcNow();
        foreach (var (mailbox, number) in mailboxes.Select((m, n) => (m, n)).Where(x => x.n % 2 == 0))
        {
            var protocol = number % 6 == 0 ? MailProtocol.Pop3 : MailProtocol.Imap;
            var last = now.AddMinutes(-17 * number - 5);
            db.Add(new SignInAttempt
            {
                TenantId = mailbox.TenantId,
                MailboxId = mailbox.Id,
                Protocol = protocol,
                RemoteAddress = $"192.0.2.{number % 250 + 1}",
                Mechanism = "PLAIN",
                Result = MailSignInResult.Succeeded,
                FirstAt = last.AddDays(-3),
                LastAt = last,
                Count = 40 + number,
            });
        }
        AddException(mailboxes[7], MailProtocol.Smtp, ExceptionEffect.Deny, "Password found in a leak", "INC-1042", now.AddDays(-2), null);
        AddException(mailboxes[11], MailProtocol.Pop3, ExceptionEffect.Allow, "Scanner in the post room, until it is replaced", "CHG-88", now.AddDays(-9), now.AddDays(21));
        AddException(mailboxes[13], MailProtocol.Imap, ExceptionEffect.Deny, "On leave", null, now.AddDays(-1), now.AddDays(13));
    }

    private void AddException(
        Mailbox mailbox, MailProtocol protocol, ExceptionEffect effect, string reason, string? ticket, DateTimeOffset startsAt, DateTimeOffset? endsAt) =>
        db.Add(new AccessException
        {
            TenantId = mailbox.TenantId,
            MailboxId = mailbox.Id,
            Protocol = protocol,
            Effect = effect,
            Reason = reason,
            Ticket = ticket,
            StartsAt = startsAt,
            EndsAt = endsAt,
            CreatedBy = actor.Name,
        });

    /// <summary>A little history: changes made as people make them, so that the audit page has something to tell.</summary>
    private async Task SwitchSomeAsync(List<Mailbox> mailboxes, string admin, CancellationToken cancellationToken)
    {
        actor.Become(ActorKind.User, null, admin);
        var reasons = new[] { "Uses the new phone only", "Old mail program retired", "Asked by telephone" };
        for (var n = 0; n < reasons.Length; n++)
            await setMailAccess.HandleAsync(
                new(mailboxes[20 + n].Address, new AccessChanges(AccessSetting.Disabled, null, null), reasons[n]), cancellationToken);
    }
}
