namespace AdminPortal.Features.ProtocolLogs;

/// <summary>The texts of this room; see Text.resx.</summary>
internal sealed class Text;
