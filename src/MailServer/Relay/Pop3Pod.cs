using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Relay;

/// <summary>RFC 5034: as a client signs in.</summary>
internal static class Pop3Pod
{
    /// <summary>RFC 2449, 4: a command's line has 255 octets, its end among them.</summary>
    private const int LongestInitial = 255 - 2 - 11;

    /// <returns>Nothing: POP3 is asked for its capabilities by the client, when it likes.</returns>
    public static async Task<string> SignInAsync(PodConnection pod, MailRoute route, CancellationToken cancellationToken)
    {
        var greeting = await pod.ReadAsync(cancellationToken);
        if (!IsOk(greeting))
            throw greeting.StartsWith("-ERR", StringComparison.Ordinal) ? new IOException(greeting) : new PodUnintelligibleException(greeting);
        if (route.Security == ListenerSecurity.StartTls)
        {
            if (!IsOk(await pod.AskAsync("STLS", cancellationToken)))
                throw new PodRefusedException(RelayFailure.NotTrusted, "No STLS");
            await pod.StartTlsAsync(route.Trust(), cancellationToken);
        }

        var response = PlainResponse.Of(route);
        var answer = response.Length <= LongestInitial ? await pod.AskAsync($"AUTH PLAIN {response}", cancellationToken) : await pod.AskAsync("AUTH PLAIN", cancellationToken);
        if (answer.StartsWith('+') && !IsOk(answer))
            answer = await pod.AskAsync(response, cancellationToken);
        if (IsOk(answer))
            return "";
        throw new PodRefusedException(answer.Contains("[IN-USE]", StringComparison.OrdinalIgnoreCase) ? RelayFailure.InUse : RelayFailure.Refused, answer);
    }

    private static bool IsOk(string answer) => answer.StartsWith("+OK", StringComparison.Ordinal);
}
