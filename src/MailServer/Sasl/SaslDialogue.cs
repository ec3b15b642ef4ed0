using System.Buffers;
using System.Buffers.Text;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Sasl;

/// <summary>How a SASL dialogue ended; each protocol has its words for it.</summary>
internal abstract record SaslOutcome
{
    private SaslOutcome() { }

    public sealed record Decided(AuthenticationResult Result) : SaslOutcome;

    /// <summary>The client sent <c>*</c> instead of a response.</summary>
    public sealed record Cancelled : SaslOutcome;

    /// <summary>Not base64, or not what the mechanism expects.</summary>
    public sealed record Malformed : SaslOutcome;

    /// <summary>A line without end or a client that hung up: nothing can follow.</summary>
    public sealed record Broken(LineEnd End) : SaslOutcome;
}

/// <summary>
/// Runs a mechanism over lines of base64, as IMAP, POP3 and SMTP all do; <c>prompt</c> (<c>+ </c> or <c>334 </c>) is the only difference.
/// </summary>
internal static class SaslDialogue
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <param name="initial">The initial response as sent: null for none, <c>=</c> for an empty one (RFC 4954, 4; RFC 4959, 3).</param>
    public static async Task<SaslOutcome> RunAsync(
        MailConnection connection, SignIn signIn, ISaslMechanism mechanism, byte[]? initial, string prompt, TimeSpan idleTimeout)
    {
        var exchange = mechanism.Start(connection.Peer);
        ReadOnlyMemory<byte>? response = null;
        if (initial is not null && !TryDecode(initial is [(byte)'='] ? [] : initial, out response))
            return new SaslOutcome.Malformed();
        while (true)
        {
            if (await StepAsync(connection, exchange, response) is not { } step)
                return new SaslOutcome.Decided(new AuthenticationResult.Unavailable());
            if (step is SaslStep.Done done)
                return await DecideAsync(connection, signIn, exchange, done.Credentials, prompt, idleTimeout);
            if (step is not SaslStep.Challenge challenge)
                return new SaslOutcome.Malformed();
            var line = await AskAsync(connection, challenge.Octets, prompt);
            if (line.End != LineEnd.CrLf)
                return new SaslOutcome.Broken(line.End);
            if (line.Bytes.Span is [(byte)'*'])
                return new SaslOutcome.Cancelled();
            if (!TryDecode(line.Bytes.Span, out response))
                return new SaslOutcome.Malformed();
        }
    }

    /// <summary>Null where the mechanism had to ask a store that is away.</summary>
    private static async Task<SaslStep?> StepAsync(MailConnection connection, ISaslExchange exchange, ReadOnlyMemory<byte>? response)
    {
        try
        {
            return await exchange.StepAsync(response, connection.Stopping);
        }
        catch (MailStoreUnavailableException failure)
        {
            connection.Log.StoreUnavailable(connection.Protocol, connection.Peer.ConnectionId, failure);
            return null;
        }
    }

    private static async Task<SaslOutcome> DecideAsync(
        MailConnection connection, SignIn signIn, ISaslExchange exchange, MailCredentials credentials, string prompt, TimeSpan idleTimeout)
    {
        var result = await signIn.TryAsync(connection, credentials, idleTimeout);
        if (exchange.Epilogue(result) is { } epilogue && await AskAsync(connection, epilogue, prompt) is { End: not LineEnd.CrLf } line)
            return new SaslOutcome.Broken(line.End);
        return new SaslOutcome.Decided(result);
    }

    private static ValueTask<WireLine> AskAsync(MailConnection connection, ReadOnlyMemory<byte> challenge, string prompt)
    {
        connection.Output.Write(prompt).WriteLine(Convert.ToBase64String(challenge.Span));
        return connection.ReadLineAsync(connection.Limits.SaslLineSize);
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, out ReadOnlyMemory<byte>? octets)
    {
        octets = null;
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (text.ContainsAnyExcept(Alphabet)
            || Base64.DecodeFromUtf8(text, decoded, out _, out var length) != OperationStatus.Done)
            return false;
        octets = decoded.AsMemory(0, length);
        return true;
    }
}
