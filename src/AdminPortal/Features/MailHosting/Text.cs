namespace AdminPortal.Features.MailHosting;

/// <summary>Names the texts that the mail server says to people: Text.resx and Text.fr.resx beside this file.</summary>
internal sealed class Text;
