using System.Diagnostics;
using System.Net;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Sessions;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.SignIn;

/// <summary>
/// Decides who may enter: the proof first, then whether the mailbox is served here, then whether the protocol is switched on for it. Whoever
/// cannot prove anything learns nothing, neither that the name exists nor how its switches stand.
/// </summary>
internal sealed class PortalMailBackend(
    CrossTenant crossTenant, MailDatabase database, PasswordProof proof, RefusalText refusals, SignInRecorder recorder, AccessEnforcement enforcement,
    LiveSessions live, IMailboxDoor door, SignInThrottle throttle) : IMailBackend
{
    public async Task<AuthenticationResult> AuthenticateAsync(
        MailServer.MailProtocol protocol, MailCredentials credentials, MailPeer peer, CancellationToken cancellationToken)
    {
        if (credentials is not (PasswordCredentials or ScramCredentials)) return new AuthenticationResult.BadCredentials();
        try
        {
            return await DecideAsync(ToData(protocol), credentials, peer, cancellationToken);
        }
        catch (MailStoreUnavailableException)
        {
            return new AuthenticationResult.Unavailable();
        }
    }

    /// <summary>The access of the protocol does not matter to it, and none is given away: the salt is the same for all of them.</summary>
    public async Task<PasswordSalting> FindSaltingAsync(string name, CancellationToken cancellationToken) =>
        proof.Salting(await FindMailboxAsync(name, Data.MailProtocol.Imap, IPAddress.None, cancellationToken), Normalised(name));

    private async Task<AuthenticationResult> DecideAsync(
        Data.MailProtocol protocol, MailCredentials credentials, MailPeer peer, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        // A change that commits while this login is on its way is looked at again at the end.
        var changesSeen = enforcement.Changes;
        var claim = await FindAsync(protocol, credentials, peer.RemoteAddress, cancellationToken);
        await using var turn = await AskForTurnAsync(claim, protocol, credentials, peer, started, cancellationToken);
        if (turn.HeldOffFor is not null) return new AuthenticationResult.Throttled();
        var proven = await ProveAsync(claim, credentials, cancellationToken);
        switch (proven)
        {
            case Proof.Busy:
                return new AuthenticationResult.Throttled();
            case Proof.Given(var credentialId) when claim.Mailbox is { } mailbox:
                if (credentials is ScramCredentials scram) await SignAsync(scram, mailbox, credentialId, cancellationToken);
                await database.AskAsync(() => TellRightAsync(turn, cancellationToken));
                return await EnterAsync(new(mailbox, protocol, credentials.Mechanism, peer, credentialId), changesSeen, cancellationToken);
            default:
                if (claim is { Service: null, Mailbox: { } missed })
                    recorder.Record(
                        new(missed, protocol, credentials.Mechanism, peer, null), proven is Proof.Barred(var why) ? why : MailSignInResult.BadCredentials);
                return await database.AskAsync(() => turn.WrongAsync(cancellationToken)) is null
                    ? new AuthenticationResult.BadCredentials()
                    : new AuthenticationResult.Throttled();
        }
    }

    /// <summary>All addresses of a mailbox are one account to the throttle, and one with the portal's name.</summary>
    private Task<Turn> AskForTurnAsync(
        Claim claim, Data.MailProtocol protocol, MailCredentials credentials, MailPeer peer, long started, CancellationToken cancellationToken)
    {
        var account = claim is { Service: null, Mailbox.Address: { } address } ? address : credentials.AuthenticationIdentity;
        // A wrong proof looks different each time, so it is a new guess each time.
        return database.AskAsync(() => credentials is PasswordCredentials { Password: var password }
            ? throttle.AskAsync(DoorOf(protocol), account, peer.RemoteAddress, password.Reveal(), cancellationToken, started)
            : throttle.AskForCodeAsync(DoorOf(protocol), account, peer.RemoteAddress, cancellationToken, started));
    }

    /// <summary>The server's half of SCRAM, for the credential that was proved.</summary>
    private async Task SignAsync(ScramCredentials scram, MailLogin mailbox, Guid credentialId, CancellationToken cancellationToken)
    {
        var serverKey = await database.InTenantAsync(
            mailbox.TenantId,
            async connection =>
            {
                await using var command = Sql.Command(
                    connection, "SELECT server_key FROM mail_credential WHERE tenant_id = $1 AND id = $2", mailbox.TenantId, credentialId);
                return await command.ExecuteScalarAsync(cancellationToken) as byte[];
            },
            cancellationToken);
        if (serverKey is not null) scram.Sign(serverKey);
    }

    private static async Task<bool> TellRightAsync(Turn turn, CancellationToken cancellationToken)
    {
        await turn.RightAsync(cancellationToken);
        return true;
    }

    private async Task<AuthenticationResult> EnterAsync(Attempt attempt, long changesSeen, CancellationToken cancellationToken)
    {
        if (!attempt.Mailbox.Allowed)
        {
            recorder.Record(attempt, MailSignInResult.AccessDisabled);
            return new AuthenticationResult.AccessDisabled(refusals.SwitchedOff(attempt.Protocol, attempt.Mailbox.Language));
        }

        var mailbox = attempt.Mailbox;
        var session = live.Enter(
            mailbox.TenantId, mailbox.MailboxId, attempt.Protocol, attempt.Peer.RemoteAddress.ToString(), attempt.IsCheck ? null : attempt.CredentialId);
        try
        {
            if (enforcement.Changes != changesSeen)
                await database.AskAsync(() => enforcement.EndOverdueAsync([session], cancellationToken));
        }
        catch
        {
            session.Dispose();
            throw;
        }
        return await door.OpenAsync(attempt, session, cancellationToken);
    }

    /// <summary>Who claims to be who. A service credential acts for a mailbox of its own tenant; anybody else for their own mailbox alone, by
    /// whichever of its addresses.</summary>
    private async Task<Claim> FindAsync(Data.MailProtocol protocol, MailCredentials credentials, IPAddress from, CancellationToken cancellationToken)
    {
        var name = credentials.AuthenticationIdentity;
        var mailbox = await FindMailboxAsync(name, protocol, from, cancellationToken);
        if (credentials.AuthorizationIdentity is not { } wanted || wanted == name) return new(null, mailbox, true);

        var target = await FindMailboxAsync(wanted, protocol, from, cancellationToken);
        var service = await database.AskAsync(() => crossTenant.FindServiceLoginAsync(name, cancellationToken));
        return service is null
            ? new(null, mailbox, target is not null && target.MailboxId == mailbox?.MailboxId)
            : new(service, target?.TenantId == service.TenantId ? target : null, true);
    }

    private async Task<Proof> ProveAsync(Claim claim, MailCredentials credentials, CancellationToken cancellationToken)
    {
        var name = Normalised(credentials.AuthenticationIdentity);
        var proven = (credentials, claim.Service) switch
        {
            (PasswordCredentials { Password: var password }, { } service) => await proof.OfServiceAsync(service, name, password.Reveal(), cancellationToken),
            (PasswordCredentials { Password: var password }, null) => await proof.OfMailboxAsync(claim.Mailbox, name, password.Reveal(), cancellationToken),
            // A service credential has no verifier: it is proved by PLAIN alone.
            (ScramCredentials scram, null) => proof.OfProof(claim.Mailbox, name, scram),
            _ => new Proof.Failed(),
        };
        return proven is Proof.Given && !claim.MayActAsWanted ? new Proof.Failed() : proven;
    }

    /// <summary>The mailbox of that name, if this server serves it: for others it answers as for a name that is nobody's.</summary>
    private async Task<MailLogin?> FindMailboxAsync(string name, Data.MailProtocol protocol, IPAddress from, CancellationToken cancellationToken)
    {
        if (MailAddressName.Normalise(name) is not { } address) return null;
        var login = await database.AskAsync(() => crossTenant.FindMailLoginAsync(address, protocol, from, cancellationToken));
        return login is not null && door.Serves(login.PodKind) ? login : null;
    }

    private static string Normalised(string name) => MailAddressName.Normalise(name) ?? name;

    private static Door DoorOf(Data.MailProtocol protocol) => protocol switch
    {
        Data.MailProtocol.Pop3 => Door.Pop3,
        Data.MailProtocol.Imap => Door.Imap,
        Data.MailProtocol.Smtp => Door.Smtp,
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    private static Data.MailProtocol ToData(MailServer.MailProtocol protocol) => protocol switch
    {
        MailServer.MailProtocol.Pop3 => Data.MailProtocol.Pop3,
        MailServer.MailProtocol.Imap => Data.MailProtocol.Imap,
        MailServer.MailProtocol.Smtp => Data.MailProtocol.Smtp,
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    /// <param name="Service">The service credential of that name, when it asks to act for somebody.</param>
    /// <param name="Mailbox">The mailbox that would be opened.</param>
    /// <param name="MayActAsWanted">False when the authorization identity is somebody else's.</param>
    private sealed record Claim(ServiceLogin? Service, MailLogin? Mailbox, bool MayActAsWanted);
}

/// <summary>One login on its way.</summary>
/// <param name="CredentialId">The mailbox's credential that was proved; null before a proof.</param>
internal sealed record Attempt(MailLogin Mailbox, Data.MailProtocol Protocol, string Mechanism, MailPeer Peer, Guid? CredentialId)
{
    /// <summary>A connectivity check by the tenant's service credential, which is no sign-in of the mailbox's.</summary>
    public bool IsCheck => CredentialId == PasswordProof.OfTheService;
}
