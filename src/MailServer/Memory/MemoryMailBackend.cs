using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.MailServer.Memory;

/// <summary>
/// The seam's reference: every mailbox in this process's memory, gone with it. It keeps the promises of <see cref="IMailBackend"/> but one,
/// durability, and so shows what a backend has to do and stands in for one in tests. Passwords are kept readably: never for real mail.
/// </summary>
public sealed class MemoryMailBackend(TimeProvider clock) : IMailBackend
{
    // RFC 7677, 4: the least there may be.
    private const int Iterations = 4_096;

    private readonly ConcurrentDictionary<string, MemoryMailbox> _mailboxes = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _service = new(StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, string> _tokens = new(StringComparer.Ordinal);

    /// <summary>True: the store is away; logins are <see cref="AuthenticationResult.Unavailable"/> and calls throw.</summary>
    public bool IsDown { get; set; }

    /// <summary>True: every login is answered with <see cref="AuthenticationResult.Throttled"/>.</summary>
    public bool IsThrottling { get; set; }

    /// <summary>So many expunged UIDs are remembered for each folder; whoever was away longer compares all of them.</summary>
    public int RememberedExpunges { get; set; } = 1_000;

    /// <summary>Where every session is taken down; null: nowhere.</summary>
    public IMailTranscript? Transcript { get; set; }

    internal TimeProvider Clock => clock;

    public void AddMailbox(string address, string password, params string[] aliases) =>
        _mailboxes[address] = new MemoryMailbox(this, address, password, aliases);

    /// <summary>A name that may sign in as any mailbox by the SASL authorization identity.</summary>
    public void AddServiceCredential(string name, string password) => _service[name] = password;

    /// <summary>An access token that opens that mailbox.</summary>
    public void AddToken(string token, string address) => _tokens[token] = address;

    public bool TakesBearerTokens => !_tokens.IsEmpty;

    /// <summary>Switches a protocol off: logins are refused with the reason and live sessions end.</summary>
    public void SwitchOff(string address, MailProtocol protocol, string reason) => _mailboxes[address].SwitchOff(protocol, reason);

    public void SwitchOn(string address, MailProtocol protocol) => _mailboxes[address].SwitchOn(protocol);

    /// <summary>Limits a mailbox's octets; what would exceed them is over quota.</summary>
    public void SetQuota(string address, long octets) => _mailboxes[address].Quota = octets;

    /// <summary>Puts a message into a folder, as delivery would, and returns its UID.</summary>
    public uint Deliver(string address, string message, string folder = "INBOX", MessageFlags flags = MessageFlags.None) =>
        _mailboxes[address].Deliver(folder, Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")), flags);

    /// <summary>What another session might do to INBOX: expunges some messages, one by one, then flags some.</summary>
    public void Change(string address, IReadOnlyList<uint> flag, IReadOnlyList<uint> expunge) => _mailboxes[address].Change(flag, expunge);

    /// <summary>The messages of a folder as they lie there.</summary>
    public IReadOnlyList<string> Messages(string address, string folder = "INBOX") => _mailboxes[address].Contents(folder);

    public Task<AuthenticationResult> AuthenticateAsync(
        MailProtocol protocol, MailCredentials credentials, MailPeer peer, CancellationToken cancellationToken) =>
        Task.FromResult(Authenticate(protocol, credentials));

    public Task<PasswordSalting> FindSaltingAsync(string name, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        return Task.FromResult(Salting(name));
    }

    internal MemoryMailbox? Find(string address) =>
        _mailboxes.GetValueOrDefault(address) ?? _mailboxes.Values.FirstOrDefault(m => m.Owns(address));

    internal bool IsLocalDomain(string domain) =>
        _mailboxes.Keys.Any(address => address.EndsWith("@" + domain, StringComparison.OrdinalIgnoreCase));

    internal void ThrowIfDown()
    {
        if (IsDown)
            throw new MailStoreUnavailableException("The memory store plays dead.");
    }

    private AuthenticationResult Authenticate(MailProtocol protocol, MailCredentials credentials)
    {
        if (IsDown)
            return new AuthenticationResult.Unavailable();
        if (IsThrottling)
            return new AuthenticationResult.Throttled();
        return Prove(credentials) is { } mailbox ? mailbox.Open(protocol) : new AuthenticationResult.BadCredentials();
    }

    private MemoryMailbox? Prove(MailCredentials credentials)
    {
        var name = credentials.AuthenticationIdentity;
        var target = credentials.AuthorizationIdentity ?? name;
        if (credentials is ScramCredentials scram)
            return Find(name) is { } proving && proving.Owns(target) && Proves(scram, proving) ? proving : null;
        if (credentials is BearerCredentials { Token: var token })
            return _tokens.TryGetValue(token.Reveal(), out var owner) && Find(owner) is { } opened && (name.Length == 0 || opened.Owns(name)) ? opened : null;
        if (credentials is not PasswordCredentials { Password: var password })
            return null;
        if (_service.TryGetValue(name, out var expected))
            return Same(expected, password.Reveal()) ? Find(target) : null;
        return Find(name) is { } mailbox && Same(mailbox.Password, password.Reveal()) && mailbox.Owns(target) ? mailbox : null;
    }

    // One salt for all the names of a mailbox; a name that is nobody's has one like it.
    private PasswordSalting Salting(string name) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes((Find(name)?.Address ?? name).ToUpperInvariant()))[..16], Iterations);

    private bool Proves(ScramCredentials scram, MemoryMailbox mailbox)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(mailbox.Password), Salting(mailbox.Address).Salt.Span, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        if (!scram.Proves(SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8))))
            return false;
        scram.Sign(HMACSHA256.HashData(salted, "Server Key"u8));
        return true;
    }

    private static bool Same(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
}
