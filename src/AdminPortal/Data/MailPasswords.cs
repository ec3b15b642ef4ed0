using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>Sets the passwords that mail programs sign in with. The caller saves, so that the credential commits with what it belongs to.</summary>
public sealed class MailPasswords(PortalDbContext db, IPasswordHasher<PortalUser> hasher)
{
    private const int GeneratedLength = 20;

    // Without the letters and digits that people mistake for each other.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>About 99 random bits in groups that can be read out on the telephone.</summary>
    public static string Generate() =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, GeneratedLength).Chunk(5).Select(group => new string(group)));

    /// <summary>Replaces the account password: for mail, and for the portal where the mailbox has a <paramref name="owner"/>.</summary>
    /// <param name="mailbox">Whose password.</param>
    /// <param name="owner">The person behind the mailbox, tracked by the same context, or null.</param>
    /// <param name="password">At least eight characters.</param>
    /// <param name="chosen">True for a password that a person made up: its verifier is derived with more iterations.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task SetAccountPasswordAsync(
        Mailbox mailbox, PortalUser? owner, string password, bool chosen, CancellationToken cancellationToken)
    {
        var scram = await ScramOfAsync(mailbox, cancellationToken);
        // Verifiers share salt and count, and other passwords cannot be derived again: so a higher count starts a new set.
        if (chosen && scram.Iterations < ScramVerifier.IterationsForChosen)
        {
            db.MailCredentials.RemoveRange(await CredentialsAsync(mailbox, cancellationToken));
            scram.Iterations = ScramVerifier.IterationsForChosen;
        }
        else
        {
            db.MailCredentials.RemoveRange((await CredentialsAsync(mailbox, cancellationToken)).Where(c => c.Kind == CredentialKind.Account));
        }
        Add(mailbox, scram, CredentialKind.Account, AppPasswordWanted.Unlimited(""), password);
        if (owner is not null)
        {
            owner.PasswordHash = hasher.HashPassword(owner, password);
            owner.SecurityStamp = Guid.CreateVersion7().ToString("N");
        }
    }

    /// <summary>Adds a password for one program. Nothing of it is stored but the verifier.</summary>
    /// <param name="mailbox">Whose.</param>
    /// <param name="wanted">What it is called and good for.</param>
    /// <param name="generated">Made by <see cref="Generate"/>, and shown once.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<MailCredential> AddAppPasswordAsync(Mailbox mailbox, AppPasswordWanted wanted, string generated, CancellationToken cancellationToken) =>
        Add(mailbox, await ScramOfAsync(mailbox, cancellationToken), CredentialKind.AppPassword, wanted, generated);

    private MailCredential Add(Mailbox mailbox, MailboxScram scram, CredentialKind kind, AppPasswordWanted wanted, string password)
    {
        var salted = ScramVerifier.SaltedPassword(password, scram.Salt, scram.Iterations);
        var credential = new MailCredential
        {
            TenantId = mailbox.TenantId,
            Id = Guid.CreateVersion7(),
            MailboxId = mailbox.Id,
            Kind = kind,
            Label = wanted.Name,
            Protocols = [.. wanted.Protocols],
            Networks = [.. wanted.Networks],
            ExpiresAt = wanted.ExpiresAt,
            CreatedBy = wanted.CreatedBy,
            StoredKey = ScramVerifier.StoredKey(salted),
            ServerKey = ScramVerifier.ServerKey(salted),
        };
        db.MailCredentials.Add(credential);
        return credential;
    }

    private async Task<MailboxScram> ScramOfAsync(Mailbox mailbox, CancellationToken cancellationToken)
    {
        if (await db.MailboxScrams.FindAsync([mailbox.TenantId, mailbox.Id], cancellationToken) is { } existing) return existing;
        var scram = new MailboxScram
        {
            TenantId = mailbox.TenantId,
            MailboxId = mailbox.Id,
            Salt = RandomNumberGenerator.GetBytes(ScramVerifier.SaltLength),
            Iterations = ScramVerifier.IterationsForGenerated,
        };
        db.MailboxScrams.Add(scram);
        return scram;
    }

    private Task<List<MailCredential>> CredentialsAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
        db.MailCredentials.Where(c => c.MailboxId == mailbox.Id).ToListAsync(cancellationToken);
}

/// <summary>What an app password is called, and what it is good for.</summary>
/// <param name="Name">Its owner's words for it.</param>
/// <param name="Protocols">By which it opens the mailbox.</param>
/// <param name="Networks">From where; none: from everywhere.</param>
/// <param name="ExpiresAt">From when it opens nothing any more; null: never.</param>
/// <param name="CreatedBy">Who made it, as pages call them.</param>
public sealed record AppPasswordWanted(
    string Name, IReadOnlyList<MailProtocol> Protocols, IReadOnlyList<string> Networks, DateTimeOffset? ExpiresAt, string CreatedBy)
{
    /// <summary>For everything, from everywhere, without an end.</summary>
    public static AppPasswordWanted Unlimited(string name) => new(name, MailProtocols.All, [], null, "");
}
