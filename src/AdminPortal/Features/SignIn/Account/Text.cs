namespace AdminPortal.Features.SignIn.Account;

/// <summary>Names this room's texts for the localiser.</summary>
internal sealed class Text;
