namespace AdminPortal.MailServer.Pop3;

/// <summary>
/// RFC 6856, 2.1: the client can read UTF-8 in headers. Only before the login; who has not said it is sent headers in ASCII (see
/// <see cref="AsciiHeader"/>). STLS forgets it with everything else.
/// </summary>
internal static class Utf8
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (line.Rest.Length > 0)
        {
            pop3.Bad("UTF8 has no arguments");
        }
        else
        {
            pop3.IsUtf8 = true;
            pop3.Ok("UTF-8 it is");
        }

        return Task.CompletedTask;
    }
}
