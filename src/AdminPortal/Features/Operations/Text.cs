namespace AdminPortal.Features.Operations;

/// <summary>The room's words: Text.resx and Text.fr.resx.</summary>
internal sealed class Text;
