namespace AdminPortal.Features.SignIn.Reset;

/// <summary>Names this room's texts for the localiser.</summary>
internal sealed class Text;
