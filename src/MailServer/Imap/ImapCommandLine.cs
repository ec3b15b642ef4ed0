namespace AdminPortal.MailServer.Imap;

/// <summary>A message that follows the command and is not read yet (APPEND).</summary>
internal sealed record PendingLiteral(long Size, bool Synchronizing);

/// <summary>A command as read: tag, name, arguments with their literals in place.</summary>
internal sealed record ImapCommandLine(string Tag, string Name, ImapParser Arguments, PendingLiteral? Message);
