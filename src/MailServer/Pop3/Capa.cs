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
        yield return "EXPIRE NEVER";
        yield return "IMPLEMENTATION AdminPortal";
    }
}
