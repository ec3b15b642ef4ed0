namespace AdminPortal.Features.MailAccess;

/// <summary>The room's words: Text.resx and Text.fr.resx.</summary>
internal sealed class Text;
