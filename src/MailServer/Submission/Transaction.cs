using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>From MAIL to the end of the message: what RFC 5321, 3.3, calls a mail transaction. Whoever ends it disposes it.</summary>
/// <param name="reversePath">The accepted sender; empty for notifications.</param>
/// <param name="asked">The parameters of MAIL.</param>
internal sealed class Transaction(string reversePath, MailParameters asked) : IAsyncDisposable
{
    public string ReversePath => reversePath;

    public MailParameters Asked => asked;

    public List<SubmittedRecipient> Recipients { get; } = [];

    /// <summary>What has arrived of the message by BDAT (RFC 3030); null before the first chunk.</summary>
    public Spool? Chunks { get; set; }

    public void Add(SubmittedRecipient recipient)
    {
        if (!Recipients.Any(known => known.Address.Equals(recipient.Address, StringComparison.OrdinalIgnoreCase)))
            Recipients.Add(recipient);
    }

    public SubmittedMessage Message(Stream content) => new(reversePath, [.. Recipients], content)
    {
        IsUtf8 = asked.IsUtf8,
        EnvelopeId = asked.EnvelopeId,
        ReturnsWhole = asked.ReturnsWhole,
    };

    public ValueTask DisposeAsync() => Chunks?.DisposeAsync() ?? ValueTask.CompletedTask;
}
