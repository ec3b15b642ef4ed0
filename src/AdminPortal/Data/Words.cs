namespace AdminPortal.Data;

/// <summary>A mail protocol that an organisation can allow or refuse. <see cref="Smtp"/> means authenticated submission (RFC 6409),
/// never incoming mail.</summary>
public enum MailProtocol : short
{
    Pop3 = 1,
    Imap = 2,
    Smtp = 3,
}

/// <summary>What one layer says about one protocol. A tenant never says <see cref="Inherit"/>: there is nothing above it.</summary>
public enum AccessSetting : short
{
    Inherit = 0,
    Enabled = 1,
    Disabled = 2,
}

public enum ExceptionEffect : short
{
    Allow = 1,
    Deny = 2,
}

/// <summary>Which layer decided about a protocol, from the strongest to the weakest.</summary>
public enum DecidedBy : short
{
    Exception = 1,
    Mailbox = 2,
    Plan = 3,
    Domain = 4,
    Tenant = 5,
}

/// <summary>How the switches of a pod's mailboxes are carried out.</summary>
public enum PodKind : short
{
    /// <summary>The reference server in this process reads the decision at every login.</summary>
    Embedded = 1,

    /// <summary>Dovecot reads the decision from the view <c>dovecot_passdb</c> at every login.</summary>
    DovecotView = 2,

    /// <summary>A proxy in front (nginx, or this server with the role <c>proxy</c>) asks before it passes a login on.</summary>
    Proxy = 3,

    /// <summary>The portal records the decision; somebody must still run the exported script at Exchange Online.</summary>
    ExchangeScript = 4,
}

public enum ConnectionSecurity : short
{
    ImplicitTls = 1,
    StartTls = 2,
    None = 3,
}

/// <summary>Where an endpoint's host and port come from.</summary>
public enum EndpointPreset : short
{
    /// <summary>Written out in the row.</summary>
    Custom = 0,

    /// <summary>This installation's own listeners: host and port follow the options, the row's are empty.</summary>
    ThisServer = 1,

    /// <summary>Exchange Online, as the published table says: outlook.office365.com and smtp.office365.com.</summary>
    ExchangeOnline = 2,
}

public enum UserNameFormat : short
{
    Address = 1,
    LocalPart = 2,
}

/// <summary>When a mail program sends and receives.</summary>
public enum SendReceive : short
{
    AtStart = 1,
    Manually = 2,
    EveryMinutes = 3,
}

/// <summary>What the mail server does with a message that a POP3 program has downloaded, when the program signs off in good order.</summary>
public enum AfterDownload : short
{
    /// <summary>Nothing: what goes is what the program deletes.</summary>
    Leave = 1,

    MarkRead = 2,
    Delete = 3,

    /// <summary>It goes to the folder Archive.</summary>
    Archive = 4,
}

/// <summary>A member's role in a tenant. Platform administrators are a mark on the user, not a membership.</summary>
public enum PortalRole : short
{
    TenantAdmin = 1,
    Helpdesk = 2,
    Auditor = 3,
    MailboxOwner = 4,
    PlatformAdmin = 5,
}

/// <summary>Whether people may enter a tenant with what the portal itself keeps: a password, a passkey.</summary>
public enum PasswordSignIn : short
{
    Allowed = 1,

    /// <summary>Only whom the tenant's OpenID Connect provider vouches for comes in; and platform administrators, who can always help.</summary>
    Refused = 2,
}

/// <summary>What makes an address that a provider names one that its person has proved to own.</summary>
public enum AddressTrust : short
{
    /// <summary>The claim <c>email_verified</c> is true (OpenID Connect Core 1.0, 5.1).</summary>
    VerifiedClaim = 1,

    /// <summary>
    /// Entra ID sends no such claim, and its <c>email</c> can be set to anything by whoever administers the directory. The optional claim
    /// <c>xms_edov</c> says that the address lies in a domain whose owner was verified.
    /// </summary>
    EntraDomainOwner = 2,
}

public static class AddressTrusts
{
    /// <summary>The claim that says so.</summary>
    public static string ProofClaim(this AddressTrust trust) => trust == AddressTrust.EntraDomainOwner ? "xms_edov" : "email_verified";

    /// <summary>Whether the issuer says that the address is its person's.</summary>
    /// <param name="trust">What the tenant believes.</param>
    /// <param name="claim">A claim's value by its name.</param>
    public static bool IsProven(this AddressTrust trust, Func<string, string?> claim)
    {
        var proof = claim(trust.ProofClaim());
        // Entra ID writes the number 1 where others write true.
        return proof is "1" || string.Equals(proof, "true", StringComparison.OrdinalIgnoreCase);
    }
}

public enum ActorKind : short
{
    User = 1,
    Token = 2,
    System = 3,
}

public enum OperationState : short
{
    Queued = 1,
    Running = 2,
    Succeeded = 3,
    Failed = 4,
    Cancelled = 5,
}

public enum CredentialKind : short
{
    /// <summary>The mailbox's account password, also good for the portal.</summary>
    Account = 1,

    /// <summary>A generated password for one program.</summary>
    AppPassword = 2,
}

public enum MailSignInResult : short
{
    Succeeded = 1,
    BadCredentials = 2,
    AccessDisabled = 3,
    Throttled = 4,

    // What follows was a right password that is not good for this: whoever came with it was told that it is wrong. The numbers are those of
    // mail_credential_obstacle (migrations/Sql/app-passwords.sql).

    /// <summary>The app password has run out.</summary>
    Expired = 5,

    /// <summary>The app password is for other protocols.</summary>
    WrongProtocol = 6,

    /// <summary>The app password is not for this address.</summary>
    WrongNetwork = 7,

    /// <summary>The tenant does not let the account password be used for mail.</summary>
    AccountPasswordRefused = 8,
}

/// <summary>How a person proved who they are when a portal session began.</summary>
public enum SignInMethod : short
{
    Password = 1,

    /// <summary>A password and a code of an authenticator app.</summary>
    PasswordAndCode = 2,

    PasswordAndRecoveryCode = 3,

    /// <summary>A passkey with user verification: something one has, opened by something one knows or is.</summary>
    Passkey = 4,

    /// <summary>A tenant's own issuer vouched for the person; how many factors it asked for is that tenant's affair.</summary>
    OpenIdConnect = 5,
}

public enum PortalSignInResult : short
{
    Succeeded = 1,
    WrongPassword = 2,
    WrongCode = 3,

    /// <summary>Too many attempts: what was given was not even looked at.</summary>
    Throttled = 4,
}

public static class SignInMethodFacts
{
    public static bool IsTwoFactor(this SignInMethod method) =>
        method is SignInMethod.PasswordAndCode or SignInMethod.PasswordAndRecoveryCode or SignInMethod.Passkey;
}

public enum QueuedMailState : short
{
    Waiting = 1,
    Sending = 2,
    Sent = 3,

    /// <summary>Given up: nobody tries it again.</summary>
    Failed = 4,
}

/// <summary>Why a mail could not be sent.</summary>
public enum MailFailure : short
{
    /// <summary>No connection, or it was cut.</summary>
    Unreachable = 1,
    TimedOut = 2,

    /// <summary>The server's certificate is not to be trusted, or it offers no TLS.</summary>
    NotTrusted = 3,
    SignInRefused = 4,

    /// <summary>The server said: later (a code that begins with 4).</summary>
    Busy = 5,
    SenderRefused = 6,
    RecipientRefused = 7,
    MessageRefused = 8,

    /// <summary>Its link was too old before it could be sent.</summary>
    Expired = 9,

    /// <summary>It was sealed with another key file.</summary>
    Unreadable = 10,
}
