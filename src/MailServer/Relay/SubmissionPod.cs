using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Relay;

/// <summary>RFC 4954: as a client signs in. The client's own EHLO was ours to answer; what it says next goes to the other server.</summary>
internal static class SubmissionPod
{
    /// <param name="name">What we call ourselves.</param>
    public static async Task<string> SignInAsync(PodConnection pod, MailRoute route, string name, CancellationToken cancellationToken)
    {
        if (!(await ReplyAsync(pod, cancellationToken)).StartsWith("220", StringComparison.Ordinal))
            throw new PodUnintelligibleException("No greeting of SMTP");
        await GreetAsync(pod, name, cancellationToken);
        if (route.Security == ListenerSecurity.StartTls)
        {
            await pod.SendAsync("STARTTLS", cancellationToken);
            if (!(await ReplyAsync(pod, cancellationToken)).StartsWith("220", StringComparison.Ordinal))
                throw new PodRefusedException(RelayFailure.NotTrusted, "No STARTTLS");
            await pod.StartTlsAsync(route.Trust(), cancellationToken);
            await GreetAsync(pod, name, cancellationToken);
        }

        await pod.SendAsync($"AUTH PLAIN {PlainResponse.Of(route)}", cancellationToken);
        var answer = await ReplyAsync(pod, cancellationToken);
        return answer.StartsWith("235", StringComparison.Ordinal) ? "" : throw new PodRefusedException(RelayFailure.Refused, answer);
    }

    private static async Task GreetAsync(PodConnection pod, string name, CancellationToken cancellationToken)
    {
        await pod.SendAsync($"EHLO {name}", cancellationToken);
        var answer = await ReplyAsync(pod, cancellationToken);
        if (!answer.StartsWith("250", StringComparison.Ordinal))
            throw new PodRefusedException(RelayFailure.Refused, answer);
    }

    /// <summary>The last line of a reply; more than a hundred lines are none.</summary>
    private static async Task<string> ReplyAsync(PodConnection pod, CancellationToken cancellationToken)
    {
        for (var lines = 0; lines < 100; lines++)
            if (await pod.ReadAsync(cancellationToken) is var line && line is not [_, _, _, '-', ..])
                return line;
        throw new PodUnintelligibleException("A reply without end");
    }
}
