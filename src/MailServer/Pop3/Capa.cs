namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 2449. Ways to sign in are named only where they work: inside TLS (RFC 2595, 4).</summary>
internal static class Capa
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        pop3.Ok("Capabilities follow");
        foreach (var capability in Capabilities(pop3))
            pop3.Output.WriteLine(capability);
        pop3.Output.WriteLine(".");
        return Task.CompletedTask;
    }

    /// <summary>RFC 2449, 6.7: whether a downloaded message may be left here. Before the login it depends on whose mailbox it will be.</summary>
    private static string Expiry(AfterRetrieval? after) => after switch
    {
        null => "EXPIRE 0 USER",
        AfterRetrieval.Delete or AfterRetrieval.Archive => "EXPIRE 0",
        _ => "EXPIRE NEVER",
    };

    private static IEnumerable<string> Capabilities(Pop3Connection pop3)
    {
        if (pop3.Connection.IsSecure)
        {
            yield return "USER";
            yield return $"SASL {string.Join(' ', pop3.SignIn.Offered(pop3.Connection))}";
        }

        if (pop3.Connection.CanStartTls)
            yield return "STLS";
        yield return "TOP";
        yield return "UIDL";
        yield return "RESP-CODES";
        yield return "AUTH-RESP-CODE";
        yield return "PIPELINING";
        yield return "UTF8 USER";
        yield return "LANG";
        yield return Expiry(pop3.Maildrop?.Maildrop.AfterRetrieval);
        yield return "IMPLEMENTATION AdminPortal";
    }
}
