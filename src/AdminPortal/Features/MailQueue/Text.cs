namespace AdminPortal.Features.MailQueue;

/// <summary>Names this room's texts: Text.resx and Text.fr.resx beside this file.</summary>
internal sealed class Text;
