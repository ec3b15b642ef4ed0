namespace AdminPortal.MailServer;

/// <summary>What becomes of a submitted message, told to its sender (RFC 3464 in RFC 6522's report).</summary>
/// <param name="ReportingServer">The name that this server gives itself.</param>
/// <param name="ReversePath">Whom it is told; never empty (RFC 3461, 5.2.7: nobody is told about a notice).</param>
/// <param name="Arrival">When the message was accepted from its sender.</param>
/// <param name="Recipients">At least one.</param>
/// <param name="Subject">For people.</param>
/// <param name="Text">For people: sentences, before the list of recipients.</param>
public sealed record DeliveryReport(
    string ReportingServer, string ReversePath, DateTimeOffset Arrival, IReadOnlyList<ReportedRecipient> Recipients, string Subject, string Text)
{
    /// <summary>When this is written.</summary>
    public DateTimeOffset Now { get; init; } = Arrival;

    public string? EnvelopeId { get; init; }

    /// <summary>Whether it may hold UTF-8 in addresses and headers (RFC 6533).</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>Whether the whole message is returned, and not its header alone.</summary>
    public bool ReturnsWhole { get; init; }

    /// <summary>The server that was asked, where there was one.</summary>
    public string? RemoteServer { get; init; }

    /// <summary>Of a delay: until when it is tried.</summary>
    public DateTimeOffset? TriedUntil { get; init; }

    /// <summary>The report as a message without Return-Path.</summary>
    /// <param name="content">The message it is about, seekable; left at its beginning.</param>
    public byte[] Write(Stream content) => Submission.DeliveryNotice.Write(this, content);
}

/// <param name="Address">Where it was sent to.</param>
/// <param name="OriginalAddress"><c>type;address</c>, as the sender first wrote it; null: not told.</param>
/// <param name="Action">What became of it.</param>
/// <param name="Status">RFC 3463.</param>
/// <param name="Said">The remote server's answer; null where none was asked.</param>
public sealed record ReportedRecipient(string Address, string? OriginalAddress, ReportedAction Action, string Status, string? Said = null);

/// <summary>RFC 3464, 2.3.3.</summary>
public enum ReportedAction
{
    Delivered,

    /// <summary>Given to a server that tells nobody what becomes of it.</summary>
    Relayed,

    Delayed,
    Failed,
}
