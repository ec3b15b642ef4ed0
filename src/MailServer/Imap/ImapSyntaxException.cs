namespace AdminPortal.MailServer.Imap;

/// <summary>
/// The command does not follow the grammar. Thrown by the recursive parsers, caught once in the connection's loop, answered with BAD.
/// </summary>
internal sealed class ImapSyntaxException(string message) : Exception(message);
