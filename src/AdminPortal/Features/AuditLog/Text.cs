namespace AdminPortal.Features.AuditLog;

/// <summary>The room's words: Text.resx and Text.fr.resx.</summary>
internal sealed class Text;
