using System.Text;
using AdminPortal.Data;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>
/// Takes secrets out of a conversation, line by line, in two ways that do not rely on each other. By grammar: what follows LOGIN,
/// AUTHENTICATE, AUTH, PASS and APOP is hidden, and so is every line of the exchange that they begin, until the server has answered. By
/// value: the password and what SASL makes of it are hidden wherever they turn up, also in a server's echo.
/// </summary>
internal sealed class Redactor(MailProtocol protocol, ProbeCredential? credential)
{
    public const string Hidden = "***";

    // A shorter password would blank out ordinary words; by grammar it is hidden all the same.
    private const int ShortestValue = 4;

    private readonly IReadOnlyList<string> values = credential is null ? [] : ValuesOf(credential);
    private bool exchanging;

    /// <summary>A line that the client sent.</summary>
    public string Client(string line)
    {
        if (exchanging) return Hidden;
        var shown = HideArguments(line);
        exchanging = shown is not null;
        return HideValues(shown ?? line);
    }

    /// <summary>A line that the server sent.</summary>
    public string Server(string line)
    {
        if (!exchanging) return HideValues(line);
        if (IsContinuation(line)) return $"{line[..ContinuationMark.Length]} {Hidden}";
        exchanging = protocol == MailProtocol.Imap && line.StartsWith("* ", StringComparison.Ordinal);
        return HideValues(line);
    }

    /// <summary>Words that may repeat what was sent.</summary>
    public string HideValues(string words) =>
        values.Aggregate(words, (text, value) => text.Replace(value, Hidden, StringComparison.OrdinalIgnoreCase));

    private string ContinuationMark => protocol == MailProtocol.Smtp ? "334" : "+";

    // "+OK" ends a POP3 exchange; "+ " continues it (RFC 5034, 4). SMTP continues with 334 (RFC 4954, 4).
    private bool IsContinuation(string line) =>
        line == ContinuationMark || line.StartsWith(ContinuationMark + " ", StringComparison.Ordinal);

    private string? HideArguments(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var verb = protocol == MailProtocol.Imap ? 1 : 0;
        if (words.Length <= verb) return null;
        return words[verb].ToUpperInvariant() switch
        {
            "LOGIN" or "PASS" or "APOP" => $"{Kept(verb)} {Hidden}",
            // The mechanism's name is no secret; the initial response after it is.
            "AUTHENTICATE" or "AUTH" when words.Length > verb + 2 => $"{Kept(verb + 1)} {Hidden}",
            "AUTHENTICATE" or "AUTH" => line,
            _ => null,
        };

        string Kept(int last) => string.Join(' ', words[..(last + 1)]);
    }

    private static List<string> ValuesOf(ProbeCredential credential)
    {
        if (credential.Password.Length < ShortestValue) return [];
        var plain = $"{credential.AuthorizationIdentity}\0{credential.AuthenticationIdentity}\0{credential.Password}";
        return [credential.Password, Base64(plain), Base64(credential.Password), Uri.EscapeDataString(credential.Password)];
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
