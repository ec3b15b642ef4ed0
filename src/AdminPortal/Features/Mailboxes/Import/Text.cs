namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>Marks the texts of this room: <c>Text.resx</c>, <c>Text.fr.resx</c>.</summary>
internal sealed class Text;
