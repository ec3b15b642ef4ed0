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
        Add(mailbox, scram, CredentialKind.Account, "", password);
        if (owner is not null)
        {
            owner.PasswordHash = hasher.HashPassword(owner, password);
            owner.SecurityStamp = Guid.CreateVersion7().ToString("N");
        }
    }

    /// <summary>Adds a generated password for one program and answers it: it is shown once and stored nowhere.</summary>
    public async Task<string> AddAppPasswordAsync(Mailbox mailbox, string label, CancellationToken cancellationToken)
    {
        var password = Generate();
        await AddAppPasswordAsync(mailbox, label, password, cancellationToken);
        return password;
    }

    /// <summary>The same with a password that was generated before.</summary>
    public async Task AddAppPasswordAsync(Mailbox mailbox, string label, string generated, CancellationToken cancellationToken) =>
        Add(mailbox, await ScramOfAsync(mailbox, cancellationToken), CredentialKind.AppPassword, label, generated);

    private void Add(Mailbox mailbox, MailboxScram scram, CredentialKind kind, string label, string password)
    {
        var salted = ScramVerifier.SaltedPassword(password, scram.Salt, scram.Iterations);
        db.MailCredentials.Add(new()
        {
            TenantId = mailbox.TenantId,
            MailboxId = mailbox.Id,
            Kind = kind,
            Label = label,
            StoredKey = ScramVerifier.StoredKey(salted),
            ServerKey = ScramVerifier.ServerKey(salted),
        });
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
