namespace AdminPortal.Features.Members;

/// <summary>Names this room's texts for the localiser.</summary>
internal sealed class Text;
