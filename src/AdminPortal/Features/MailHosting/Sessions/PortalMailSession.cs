using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Delivery;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting.OutgoingMail.Relay;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Sessions;

/// <summary>The door of the role <c>mail</c>: makes the session of a login that was let in.</summary>
internal sealed class MailSessions(
    MailDatabase database, SignInRecorder recorder, FolderWatches watches, FolderBell bell, MaildropLocks locks, LocalDelivery delivery, SmarthostDelivery smarthost,
    RefusalText texts, Transcripts logs, Microsoft.Extensions.Options.IOptions<Hosting.LimitsOptions> limits) : IMailboxDoor
{
    public bool Serves(PodKind kind) => kind == PodKind.Embedded;

    public Task<AuthenticationResult> OpenAsync(Attempt attempt, LiveSession session, CancellationToken cancellationToken)
    {
        recorder.Record(attempt, MailSignInResult.Succeeded);
        return Task.FromResult<AuthenticationResult>(new AuthenticationResult.Succeeded(Open(attempt.Mailbox, session)));
    }

    private PortalMailSession Open(MailLogin mailbox, LiveSession session)
    {
        var rows = new MailboxRows(database, mailbox.TenantId, mailbox.MailboxId, session.Touch) { Quota = limits.Value.Mailboxes.Octets };
        return new(mailbox, session, rows, new(rows, watches, bell, limits.Value.Mailboxes.Folders), new(rows, mailbox, delivery, smarthost, texts), bell, locks, texts, logs);
    }
}

/// <summary>A login to one mailbox, until its connection closes.</summary>
internal sealed class PortalMailSession(
    MailLogin mailbox, LiveSession session, MailboxRows rows, PortalMailStore store, PortalSubmission submission, FolderBell bell, MaildropLocks locks,
    RefusalText texts, Transcripts logs) : IMailSession
{
    private IMailTranscript? transcript;

    public string Address => mailbox.Address;

    public IMailTranscript? Transcript => logs.IsOn(session) ? transcript ??= logs.Of(session) : null;

    public Task<SessionEnd> Ended { get; } = texts.SayAsync(mailbox, session);

    public IMailStore Store => store;

    public ISubmission Submission => submission;

    public async Task<OpenMaildropOutcome> OpenMaildropAsync(CancellationToken cancellationToken)
    {
        if (await locks.TryTakeAsync(rows.MailboxId, cancellationToken) is not { } taken) return new OpenMaildropOutcome.InUse();
        try
        {
            return new OpenMaildropOutcome.Opened(await PortalMaildrop.OpenAsync(rows, bell, taken, cancellationToken));
        }
        catch
        {
            await taken.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        session.Dispose();
        return ValueTask.CompletedTask;
    }
}
