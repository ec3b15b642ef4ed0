using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.MailHosting.SignIn;

/// <summary>What became of a password.</summary>
internal abstract record Proof
{
    private Proof() { }

    public sealed record Given(Guid CredentialId) : Proof;

    public sealed record Failed : Proof;

    /// <summary>It was right, but is not good for this. Nobody but an administrator is told.</summary>
    public sealed record Barred(MailSignInResult Why) : Proof;

    /// <summary>Too many are waiting for a processor.</summary>
    public sealed record Busy : Proof;
}

/// <summary>
/// Compares passwords with SCRAM verifiers: one derivation for each login, whoever asks, so that an unknown name costs what a known one
/// costs. Derivations burn processor time, so each waits in <see cref="HashQueue"/>.
/// </summary>
internal sealed class PasswordProof(HashQueue hashing, IInstallationSecret secret)
{
    /// <summary>Stands for the tenant's service credential, which is none of the mailbox's.</summary>
    public static readonly Guid OfTheService = Guid.Empty;

    /// <param name="login">The mailbox by that name, or null where there is none that is served here.</param>
    /// <param name="name">The name as it was given, normalised where that is possible.</param>
    /// <param name="password">As it was given.</param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    public async Task<Proof> OfMailboxAsync(MailLogin? login, string name, string password, CancellationToken cancellationToken)
    {
        var (salt, iterations, keys) = Verifiers(login, name);
        if (await DeriveAsync(password, salt, iterations, cancellationToken) is not { } given) return new Proof.Busy();

        var matched = -1;
        for (var i = 0; i < keys.Length; i++)
            if (CryptographicOperations.FixedTimeEquals(keys[i], given))
                matched = i;
        return Of(login, matched);
    }

    /// <summary>What a client is told that will prove a password by SCRAM: nothing about who exists.</summary>
    public MailServer.PasswordSalting Salting(MailLogin? login, string name)
    {
        var (salt, iterations, _) = Verifiers(login, name);
        return new(salt, iterations);
    }

    /// <summary>A proof costs nothing to look at, so nobody has to queue for it; the keys of a name that is nobody's are made up.</summary>
    public Proof OfProof(MailLogin? login, string name, MailServer.ScramCredentials scram)
    {
        var (salt, _, keys) = Verifiers(login, name);
        var matched = -1;
        foreach (var (index, key) in (keys.Length > 0 ? keys : [SHA256.HashData(salt)]).Index())
            if (scram.Proves(key))
                matched = index;
        return Of(login, matched);
    }

    /// <summary>Service passwords are 256 random bits, which need no slow hash (see <see cref="ServiceCredential.PasswordHash"/>); a wrong one
    /// is made to cost what any wrong password costs.</summary>
    public async Task<Proof> OfServiceAsync(ServiceLogin service, string name, string password, CancellationToken cancellationToken)
    {
        if (CryptographicOperations.FixedTimeEquals(service.PasswordHash, SHA256.HashData(Encoding.UTF8.GetBytes(password))))
            return new Proof.Given(OfTheService);
        return await OfMailboxAsync(null, name, password, cancellationToken);
    }

    private static Proof Of(MailLogin? login, int matched) => matched < 0 || matched >= login?.CredentialIds.Length || login is null
        ? new Proof.Failed()
        : login.Obstacles[matched] is { } obstacle ? new Proof.Barred(obstacle) : new Proof.Given(login.CredentialIds[matched]);

    private async Task<byte[]?> DeriveAsync(string password, byte[] salt, int iterations, CancellationToken cancellationToken)
    {
        using var turn = await hashing.EnterAsync(cancellationToken);
        return turn is not null ? ScramVerifier.StoredKey(ScramVerifier.SaltedPassword(password, salt, iterations)) : null;
    }

    private (byte[] Salt, int Iterations, byte[][] Keys) Verifiers(MailLogin? login, string name) =>
        login is { Salt: { } salt } ? (salt, login.Iterations, login.StoredKeys) : Dummy(name);

    // Mailboxes have one of two iteration counts; so have names that are nobody's, each always the same one.
    private (byte[] Salt, int Iterations, byte[][] Keys) Dummy(string name)
    {
        var salt = ScramVerifier.DummySalt(secret.Value, name);
        var chosen = (ScramVerifier.DummySalt(secret.Value, $"iterations {name}")[0] & 1) == 0;
        return (salt, chosen ? ScramVerifier.IterationsForChosen : ScramVerifier.IterationsForGenerated, []);
    }
}

/// <summary>Random bytes of this installation, the same in all its processes and after every start.</summary>
internal interface IInstallationSecret
{
    /// <summary>At least 32.</summary>
    byte[] Value { get; }
}

internal sealed class SecretOfKeyFile(KeyFile keyFile) : IInstallationSecret
{
    public byte[] Value { get; } = keyFile.KeyFor("mail sign-in: salts of names that are nobody's");
}
