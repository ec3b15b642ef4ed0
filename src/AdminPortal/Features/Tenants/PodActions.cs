using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>A mail server that mailboxes are assigned to.</summary>
/// <param name="Id">The pod.</param>
/// <param name="Name">What administrators call it.</param>
/// <param name="Kind">How the switches are carried out there.</param>
/// <param name="Host">Where it is; null for the reference server.</param>
/// <param name="ServiceUserName">As whom checks without a password, and the proxy, sign in there; null where they cannot. The password is never shown.</param>
/// <param name="Security">How the proxy speaks with it: <c>implicitTls</c> or <c>startTls</c>.</param>
/// <param name="ImapPort">Where the proxy finds IMAP4; null: the usual port, and so for the next two.</param>
/// <param name="Pop3Port">POP3.</param>
/// <param name="SubmissionPort">Submission.</param>
/// <param name="Delay">How much longer people waited because of the proxy; null where none passed anybody on in the last day.</param>
internal sealed record PodAnswer(
    Guid Id, string Name, PodKind Kind, string? Host, string? ServiceUserName, ConnectionSecurity Security, int? ImapPort, int? Pop3Port, int? SubmissionPort,
    PodDelays? Delay);

/// <summary>What of a pod may be changed.</summary>
/// <param name="Name">What administrators call it.</param>
/// <param name="Host">Where it is: another one forgets the service credential.</param>
/// <param name="Security">How the proxy speaks with it: <c>implicitTls</c> or <c>startTls</c>, never in the clear.</param>
/// <param name="ImapPort">Where the proxy finds IMAP4; null: the usual port, and so for the next two.</param>
/// <param name="Pop3Port">POP3.</param>
/// <param name="SubmissionPort">Submission.</param>
internal sealed record PodPatch(
    string? Name = null, string? Host = null, ConnectionSecurity? Security = null, int? ImapPort = null, int? Pop3Port = null, int? SubmissionPort = null);

/// <summary>With what to sign in for the pod's mailboxes: SASL PLAIN, with the mailbox as authorization identity.</summary>
/// <param name="UserName">Who proves.</param>
/// <param name="Password">With what. It is kept sealed, for this host alone, and is not to be had again.</param>
internal sealed record ServiceCredentialPut(string UserName, string Password)
{
    /// <summary>A record would print its members, the password with them.</summary>
    public override string ToString() => $"{nameof(ServiceCredentialPut)} of {UserName}";
}

/// <summary>A tenant's pods. Their service credentials go in and never come out; one belongs to its tenant, its row and the pod's host.</summary>
internal sealed class PodActions(PortalDbContext db, ServiceCredentials credentials, CurrentTenant tenant, RecordedChange change, Actor actor, TimeProvider time)
{
    public const string NameTaken = "There is a mail server with this name already.";
    private const string Embedded = "This server's own place and credential are its own affair.";

    /// <summary>What the trail says of the member <c>serviceCredential</c> where another host forgot it.</summary>
    public const string ClearedWithHost = "cleared";

    private sealed record Position(string Name, Guid Id);

    public async Task<PageOf<PodAnswer>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var pods = db.Pods.AsNoTracking();
        if (query.Cursor?.Read<Position>() is { } after)
            pods = pods.Where(p => EF.Functions.GreaterThan(ValueTuple.Create(p.Name, p.Id), ValueTuple.Create(after.Name, after.Id)));
        var found = await Answers(pods.OrderBy(p => p.Name).ThenBy(p => p.Id).Take(query.Size + 1)).ToListAsync(cancellationToken);
        var delays = await PodDelays.ReadAsync(db, time.GetUtcNow(), [.. found.Select(f => f.Answer.Id)], cancellationToken);
        found = found.ConvertAll(f => f with { Answer = f.Answer with { Delay = delays.GetValueOrDefault(f.Answer.Id) } });
        return PageOf<PodAnswer>.Cut(found, query.Size, row => row.Answer, row => new Position(row.Answer.Name, row.Answer.Id));
    }

    public async Task<(PodAnswer Answer, long Version)?> ShowAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await Answers(db.Pods.AsNoTracking().Where(p => p.Id == id)).SingleOrDefaultAsync(cancellationToken) is not { } found) return null;
        var delays = await PodDelays.ReadAsync(db, time.GetUtcNow(), [id], cancellationToken);
        return (found.Answer with { Delay = delays.GetValueOrDefault(id) }, found.Version);
    }

    public Task<ChangeOutcome> ChangeAsync(Guid id, MergePatch<PodPatch> patch, Precondition ifMatch, CancellationToken cancellationToken) => ChangeAsync(
        id,
        now => new Facts(
            patch.Has(p => p.Name, out var name) ? name ?? "" : now.Name,
            patch.Has(p => p.Host, out var host) ? host : now.Host,
            patch.Has(p => p.Security, out var security) ? security ?? ConnectionSecurity.ImplicitTls : now.Security,
            patch.Has(p => p.ImapPort, out var imap) ? imap : now.ImapPort,
            patch.Has(p => p.Pop3Port, out var pop3) ? pop3 : now.Pop3Port,
            patch.Has(p => p.SubmissionPort, out var submission) ? submission : now.SubmissionPort),
        ifMatch, cancellationToken);

    /// <summary>Name and place, as a form says both.</summary>
    public Task<ChangeOutcome> ChangeAsync(Guid id, string? name, string? host, Precondition ifMatch, CancellationToken cancellationToken) =>
        ChangeAsync(id, now => now with { Name = name ?? "", Host = host }, ifMatch, cancellationToken);

    private async Task<ChangeOutcome> ChangeAsync(Guid id, Func<Facts, Facts> wish, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await db.Pods.SingleOrDefaultAsync(p => p.Id == id, cancellationToken) is not { } pod) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(pod.Version)) return new ChangeOutcome.Stale();
        var before = Facts.Of(pod);
        var asked = wish(before);
        var wanted = asked with { Name = asked.Name.Trim(), Host = string.IsNullOrWhiteSpace(asked.Host) ? null : asked.Host.Trim().ToLowerInvariant() };
        if (wanted.Name.Length is 0 or > 100) return new ChangeOutcome.Invalid("name", "Give 1 to 100 characters.");
        if (wanted.Host is { } given && Uri.CheckHostName(given) == UriHostNameType.Unknown) return new ChangeOutcome.Invalid("host", "A host name or an IP address, without a port.");
        if (wanted.Security is not (ConnectionSecurity.ImplicitTls or ConnectionSecurity.StartTls))
            return new ChangeOutcome.Invalid("security", "implicitTls or startTls: a credential does not travel in the clear.");
        foreach (var (field, port) in wanted.Ports)
            if (port is < 1 or > 65_535) return new ChangeOutcome.Invalid(field, "1 to 65535, or null for the usual port.");
        if (before == wanted) return new ChangeOutcome.Done();
        if (pod.Kind == PodKind.Embedded && before with { Name = wanted.Name } != wanted) return new ChangeOutcome.Refused(Embedded);

        wanted.Write(pod);
        var forgets = before.Host != wanted.Host && await ForgetAsync(id, cancellationToken);
        var record = actor.Did(
            tenant.Id, AuditActions.PodChanged, "pod", id, pod.Name, before.Recorded, forgets ? wanted.RecordedWith(ClearedWithHost) : wanted.Recorded);
        return await change.SaveAsync(record, moved: null, NameTaken, cancellationToken);
    }

    public async Task<ChangeOutcome> SetCredentialAsync(Guid id, ServiceCredentialPut wanted, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await db.Pods.SingleOrDefaultAsync(p => p.Id == id, cancellationToken) is not { } pod) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(pod.Version)) return new ChangeOutcome.Stale();
        if (!IsLine(wanted.UserName, 254)) return new ChangeOutcome.Invalid("userName", "1 to 254 characters without line breaks.");
        if (!IsLine(wanted.Password, 1024)) return new ChangeOutcome.Invalid("password", "1 to 1,024 characters without line breaks.");
        if (pod.Kind == PodKind.Embedded) return new ChangeOutcome.Refused(Embedded);
        if (pod.Host is null) return new ChangeOutcome.Refused("Say where the mail server is first: a credential belongs to its host.");

        await ForgetAsync(id, cancellationToken);
        db.Add(credentials.Of(pod, wanted.UserName, wanted.Password));
        return await SaveAsync(pod, AuditActions.ServiceCredentialSet, cancellationToken);
    }

    public async Task<ChangeOutcome> ClearCredentialAsync(Guid id, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await db.Pods.SingleOrDefaultAsync(p => p.Id == id, cancellationToken) is not { } pod) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(pod.Version)) return new ChangeOutcome.Stale();
        if (pod.Kind == PodKind.Embedded) return new ChangeOutcome.Refused(Embedded);
        return await ForgetAsync(id, cancellationToken) ? await SaveAsync(pod, AuditActions.ServiceCredentialCleared, cancellationToken) : new ChangeOutcome.Done();
    }

    private Task<ChangeOutcome> SaveAsync(Pod pod, string action, CancellationToken cancellationToken)
    {
        // The pod's version is the credential's too: two administrators do not overwrite each other unseen.
        db.Entry(pod).Property(p => p.Name).IsModified = true;
        return change.SaveAsync(actor.Did(tenant.Id, action, "pod", pod.Id, pod.Name), moved: null, NameTaken, cancellationToken);
    }

    private async Task<bool> ForgetAsync(Guid pod, CancellationToken cancellationToken)
    {
        var kept = await db.ServiceCredentials.Where(c => c.PodId == pod).ToListAsync(cancellationToken);
        db.RemoveRange(kept);
        return kept.Count > 0;
    }

    private IQueryable<ListedPod> Answers(IQueryable<Pod> pods) => pods.Select(p => new ListedPod(
        new PodAnswer(
            p.Id, p.Name, p.Kind, p.Host,
            p.Kind == PodKind.Embedded ? null : db.ServiceCredentials.Where(c => c.PodId == p.Id).OrderBy(c => c.Id).Select(c => c.UserName).FirstOrDefault(),
            p.Security, p.ImapPort, p.Pop3Port, p.SubmissionPort, null),
        p.Version));

    /// <summary>What may be changed, as it stands and as it is recorded.</summary>
    private sealed record Facts(string Name, string? Host, ConnectionSecurity Security, int? ImapPort, int? Pop3Port, int? SubmissionPort)
    {
        public IEnumerable<(string Field, int? Port)> Ports => [("imapPort", ImapPort), ("pop3Port", Pop3Port), ("submissionPort", SubmissionPort)];

        public object Recorded => new { Name, Host, Security, ImapPort, Pop3Port, SubmissionPort };

        public static Facts Of(Pod pod) => new(pod.Name, pod.Host, pod.Security, pod.ImapPort, pod.Pop3Port, pod.SubmissionPort);

        public object RecordedWith(string serviceCredential) =>
            new { Name, Host, Security, ImapPort, Pop3Port, SubmissionPort, ServiceCredential = serviceCredential };

        public void Write(Pod pod) =>
            (pod.Name, pod.Host, pod.Security, pod.ImapPort, pod.Pop3Port, pod.SubmissionPort) = (Name, Host, Security, ImapPort, Pop3Port, SubmissionPort);
    }

    private sealed record ListedPod(PodAnswer Answer, long Version);

    private static bool IsLine(string text, int longest) => text.Length > 0 && text.Length <= longest && !text.AsSpan().ContainsAny('\0', '\r', '\n');
}
