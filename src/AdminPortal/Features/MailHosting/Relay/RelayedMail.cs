using AdminPortal.Data;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Relay;

/// <summary>A message of the queue with everything that an attempt needs.</summary>
internal sealed record RelayedMail(
    ClaimedMessage Claim, Guid MailboxId, string Sender, string? EnvelopeId, bool ReturnsWhole, bool IsUtf8, byte[] Content, DateTimeOffset QueuedAt,
    bool IsCancelled, bool DelayTold, string Language, IReadOnlyList<RelayedTo> Recipients);

/// <param name="Position">Which row.</param>
internal sealed record RelayedTo(
    int Position, string Address, NotifyOn Notify, string? OriginalAddress, RelayedState State, string? Status, string? Said)
{
    public bool IsOpen => State is RelayedState.Waiting or RelayedState.Refused;

    public ReportedRecipient Reported(ReportedAction action) => new(Address, OriginalAddress, action, Status ?? "5.0.0", Said);

    /// <summary>RFC 3461, 4.1, in its words, for the next server.</summary>
    public string NotifyWords => Notify == NotifyOn.Never
        ? "NEVER"
        : string.Join(',', Enum.GetValues<NotifyOn>().Where(on => on != NotifyOn.Never && Notify.HasFlag(on)).Select(on => on.ToString().ToUpperInvariant()));
}
