namespace AdminPortal.Features.ApiTokens;

/// <summary>Names this room's texts for the localiser.</summary>
internal sealed class Text;
