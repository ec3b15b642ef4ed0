namespace AdminPortal.MailServer;

/// <summary>
/// What exists after login: one mailbox, opened by one protocol, for as long as the connection lives. Disposing it frees whatever it
/// holds (the maildrop's lock first of all) and happens exactly once.
/// </summary>
public interface IMailSession : ISignedIn
{
    /// <summary>Where the conversation is kept, asked at each command; null: nowhere, which is nearly always so.</summary>
    IMailTranscript? Transcript => null;

    /// <summary>Folders and messages, as IMAP sees them.</summary>
    IMailStore Store { get; }

    /// <summary>The way out, for submission.</summary>
    ISubmission Submission { get; }

    /// <summary>INBOX as POP3 sees it, locked against other POP3 sessions in every process until it is disposed.</summary>
    Task<OpenMaildropOutcome> OpenMaildropAsync(CancellationToken cancellationToken);
}

/// <summary>Why the backend ends a session, and the line the client is told (UTF-8, one line).</summary>
public sealed record SessionEnd(SessionEndReason Reason, string Text);

public enum SessionEndReason
{
    /// <summary>The protocol was switched off. The text starts with the same fixed prefix as a refused login.</summary>
    AccessDisabled,

    /// <summary>An administrator or the owner ended this session.</summary>
    Disconnected,

    /// <summary>The credential it came with was revoked or changed.</summary>
    CredentialRevoked,

    /// <summary>The server stops; come back in a moment.</summary>
    ShuttingDown,
}
