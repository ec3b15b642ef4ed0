using AdminPortal.Data;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>
/// Reads why a server refused to sign somebody in. Codes come first, because they mean the same in every language; words are used where a
/// protocol has no code for it.
/// </summary>
internal static class Refusal
{
    // RFC 5530 (IMAP), RFC 3206 and 2449 (POP3).
    private static readonly (string Code, FailureCause Cause)[] BracketCodes =
    [
        // Dovecot refuses a login whose service is switched off with this code, after the right password.
        ("[CONTACTADMIN]", FailureCause.ProtocolDisabled),
        ("[AUTHENTICATIONFAILED]", FailureCause.WrongPassword),
        ("[AUTHORIZATIONFAILED]", FailureCause.DeniedByPolicy),
        ("[NOPERM]", FailureCause.DeniedByPolicy),
        ("[EXPIRED]", FailureCause.AccountLocked),
        ("[PRIVACYREQUIRED]", FailureCause.PlaintextRefused),
        ("[LIMIT]", FailureCause.TooManyConnections),
        ("[LOGIN-DELAY]", FailureCause.TooManyConnections),
        ("[UNAVAILABLE]", FailureCause.ServerBusy),
        ("[INUSE]", FailureCause.ServerBusy),
        ("[IN-USE]", FailureCause.ServerBusy),
        ("[SYS/TEMP]", FailureCause.ServerBusy),
        ("[SYS/PERM]", FailureCause.DeniedByPolicy),
        ("[AUTH]", FailureCause.WrongPassword),
    ];

    // Enhanced status codes (RFC 3463, 4954, 5248), the longer before its own beginning.
    private static readonly (string Code, FailureCause Cause)[] EnhancedCodes =
    [
        ("5.7.139", FailureCause.DeniedByPolicy),
        ("5.7.13", FailureCause.ProtocolDisabled),
        ("5.7.11", FailureCause.PlaintextRefused),
        ("5.7.10", FailureCause.PlaintextRefused),
        ("5.7.12", FailureCause.WrongPassword),
        ("5.7.8", FailureCause.WrongPassword),
        ("5.7.9", FailureCause.MechanismMissing),
        ("4.7.0", FailureCause.ServerBusy),
        ("5.7.0", FailureCause.PlaintextRefused),
        ("5.7.1", FailureCause.DeniedByPolicy),
    ];

    private static readonly (string Code, FailureCause Cause)[] ReplyCodes =
    [
        ("421", FailureCause.ServerBusy),
        ("432", FailureCause.AccountLocked),
        ("454", FailureCause.ServerBusy),
        ("504", FailureCause.MechanismMissing),
        ("523", FailureCause.PlaintextRefused),
        ("525", FailureCause.AccountLocked),
        ("530", FailureCause.PlaintextRefused),
        ("534", FailureCause.MechanismMissing),
        ("535", FailureCause.WrongPassword),
        ("538", FailureCause.PlaintextRefused),
        ("550", FailureCause.DeniedByPolicy),
        ("553", FailureCause.DeniedByPolicy),
    ];

    /// <summary>The cause behind a refusing reply: SMTP says it in the first line, the others in the last, after what is untagged.</summary>
    public static FailureCause Read(MailProtocol protocol, IReadOnlyList<string> reply) =>
        Read(protocol, protocol == MailProtocol.Smtp ? reply.FirstOrDefault() : reply.LastOrDefault());

    /// <summary>The cause behind one refusing line, as the server sent it.</summary>
    public static FailureCause Read(MailProtocol protocol, string? line)
    {
        if (string.IsNullOrWhiteSpace(line)) return FailureCause.ProtocolError;
        var (status, text) = Split(protocol, line);
        if (SaysSwitchedOff(protocol, text)) return FailureCause.ProtocolDisabled;
        return protocol == MailProtocol.Smtp ? ReadSmtp(status, text) : ReadBrackets(status, text);
    }

    /// <summary>What the reference server puts before every localised sentence about a switched-off protocol.</summary>
    public static string SwitchedOffPrefix(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "POP3 is switched off",
        MailProtocol.Imap => "IMAP4 is switched off",
        _ => "SMTP is switched off",
    };

    // Only at the beginning of the words: a name or an echo in the middle of a sentence proves nothing.
    private static bool SaysSwitchedOff(MailProtocol protocol, string text) =>
        WithoutCode(text).StartsWith(SwitchedOffPrefix(protocol), StringComparison.Ordinal);

    private static string WithoutCode(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end) return text[(end + 1)..].TrimStart();
        var word = text.Split(' ', 2);
        return word.Length == 2 && word[0].Split('.') is [{ Length: 1 }, _, _] ? word[1].TrimStart() : text;
    }

    // "A001 NO text", "-ERR text", "535 text" or "535-text": the status and the words after it.
    private static (string Status, string Text) Split(MailProtocol protocol, string line)
    {
        if (protocol == MailProtocol.Smtp)
            return line.Length > 4 ? (line[..3], line[4..].TrimStart()) : (line.Trim(), "");
        var words = line.Split(' ', protocol == MailProtocol.Imap ? 3 : 2);
        return words.Length > 1 ? (words[^2], words[^1].TrimStart()) : (line, "");
    }

    // A server older than the codes says NO or -ERR and no more: then it is the password, as far as anybody can tell.
    private static FailureCause ReadBrackets(string status, string text) =>
        Match(BracketCodes, code => text.StartsWith(code, StringComparison.OrdinalIgnoreCase)) ?? status.ToUpperInvariant() switch
        {
            "BYE" => FailureCause.ServerBusy,
            "NO" or "-ERR" => FailureCause.WrongPassword,
            _ => FailureCause.ProtocolError,
        };

    private static FailureCause ReadSmtp(string status, string text) =>
        Match(EnhancedCodes, code => text == code || text.StartsWith(code + " ", StringComparison.Ordinal))
        ?? Match(ReplyCodes, code => status == code)
        ?? FailureCause.ProtocolError;

    private static FailureCause? Match((string Code, FailureCause Cause)[] table, Func<string, bool> matches)
    {
        foreach (var (code, cause) in table)
            if (matches(code)) return cause;
        return null;
    }
}
