namespace AdminPortal.MailServer;

/// <summary>
/// Where a session's conversation is kept, line by line, because somebody asked for it. What the library hands over is redacted: no sign-in, nothing
/// that is no command, and of messages and literals their sizes alone.
/// </summary>
public interface IMailTranscript
{
    /// <summary>Called on the connection's own path: it must not block and must not throw.</summary>
    /// <param name="side">Who said it.</param>
    /// <param name="line">One line, at most 500 characters, without control characters.</param>
    void Add(TranscriptSide side, string line);
}

public enum TranscriptSide
{
    Client,
    Server,
}
