using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Relay;

/// <summary>RFC 9051, 6.2: as a client signs in.</summary>
internal static class ImapPod
{
    /// <returns>What the server says it can do after the login.</returns>
    public static async Task<string> SignInAsync(PodConnection pod, MailRoute route, CancellationToken cancellationToken)
    {
        var greeting = await pod.ReadAsync(cancellationToken);
        if (!greeting.StartsWith("* OK", StringComparison.OrdinalIgnoreCase))
            throw greeting.StartsWith("* BYE", StringComparison.OrdinalIgnoreCase) ? new IOException(greeting) : new PodUnintelligibleException(greeting);
        if (route.Security == ListenerSecurity.StartTls)
        {
            if (!IsOk(await TaggedAsync(pod, "STARTTLS", [], cancellationToken)))
                throw new PodRefusedException(RelayFailure.NotTrusted, "No STARTTLS");
            await pod.StartTlsAsync(route.Trust(), cancellationToken);
            greeting = "";
        }

        var capabilities = new List<string>();
        // RFC 4959: in one step where it says that it can.
        var answer = greeting.Contains(" SASL-IR", StringComparison.OrdinalIgnoreCase)
            ? await TaggedAsync(pod, $"AUTHENTICATE PLAIN {PlainResponse.Of(route)}", capabilities, cancellationToken)
            : await ContinuedAsync(pod, route, capabilities, cancellationToken);
        if (!IsOk(answer))
            throw new PodRefusedException(RelayFailure.Refused, answer);
        if (InBrackets(answer) is { } told)
            return told;
        if (capabilities.Count == 0)
            await TaggedAsync(pod, "CAPABILITY", capabilities, cancellationToken);
        return capabilities.LastOrDefault() ?? "IMAP4rev1";
    }

    private static async Task<string> ContinuedAsync(PodConnection pod, MailRoute route, List<string> capabilities, CancellationToken cancellationToken)
    {
        await pod.SendAsync("p AUTHENTICATE PLAIN", cancellationToken);
        var line = await LineAsync(pod, capabilities, cancellationToken);
        if (!line.StartsWith('+'))
            return line;
        await pod.SendAsync(PlainResponse.Of(route), cancellationToken);
        return await LineAsync(pod, capabilities, cancellationToken);
    }

    private static async Task<string> TaggedAsync(PodConnection pod, string command, List<string> capabilities, CancellationToken cancellationToken)
    {
        await pod.SendAsync($"p {command}", cancellationToken);
        return await LineAsync(pod, capabilities, cancellationToken);
    }

    /// <summary>The next line that is not merely information.</summary>
    private static async Task<string> LineAsync(PodConnection pod, List<string> capabilities, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await pod.ReadAsync(cancellationToken);
            if (line.StartsWith("* BYE", StringComparison.OrdinalIgnoreCase))
                throw new IOException(line);
            if (line.StartsWith("* CAPABILITY ", StringComparison.OrdinalIgnoreCase))
                capabilities.Add(line["* CAPABILITY ".Length..].Trim());
            else if (!line.StartsWith("* ", StringComparison.Ordinal))
                return line;
        }
    }

    private static bool IsOk(string answer) => answer.StartsWith("p OK", StringComparison.OrdinalIgnoreCase);

    private static string? InBrackets(string answer)
    {
        const string code = "[CAPABILITY ";
        var from = answer.IndexOf(code, StringComparison.OrdinalIgnoreCase);
        var to = from < 0 ? -1 : answer.IndexOf(']', from);
        return to < 0 ? null : answer[(from + code.Length)..to].Trim();
    }
}
