using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>
/// Codes for the day on which the phone is lost: shown once, each good once. A code has 59 random bits; what is stored is its HMAC under
/// a key outside the database, so that a copy of the database alone gives nothing to try them against.
/// </summary>
internal sealed class RecoveryCodes(PortalDbContext db, KeyFile keyFile, TimeProvider time)
{
    private const int Count = 10;
    private const int Length = 12;

    // Without the letters and digits that people mistake for each other.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Makes ten new ones; those from before are good no more.</summary>
    /// <returns>The codes, to be shown this once.</returns>
    public async Task<IReadOnlyList<string>> MakeAsync(Guid person, CancellationToken cancellationToken)
    {
        var codes = Enumerable.Range(0, Count).Select(_ => RandomNumberGenerator.GetString(Alphabet, Length)).ToList();
        await RemoveAsync(person, cancellationToken);
        db.AddRange(codes.Select(code => new RecoveryCode { UserId = person, Hash = HashOf(person, code) }));
        await db.SaveChangesAsync(cancellationToken);
        return [.. codes.Select(Grouped)];
    }

    public Task<int> LeftAsync(Guid person, CancellationToken cancellationToken) =>
        db.RecoveryCodes.CountAsync(c => c.UserId == person && c.UsedAt == null, cancellationToken);

    /// <summary>Takes a code, once, in whichever process it comes.</summary>
    public async Task<bool> TakeAsync(Guid person, string code, CancellationToken cancellationToken)
    {
        var hash = HashOf(person, Plain(code));
        return await db.RecoveryCodes.Where(c => c.UserId == person && c.Hash == hash && c.UsedAt == null)
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.UsedAt, time.GetUtcNow()), cancellationToken) == 1;
    }

    public Task RemoveAsync(Guid person, CancellationToken cancellationToken) =>
        db.RecoveryCodes.Where(c => c.UserId == person).ExecuteDeleteAsync(cancellationToken);

    private byte[] HashOf(Guid person, string code) => HMACSHA256.HashData(keyFile.KeyFor("recovery codes"), Encoding.UTF8.GetBytes($"{person} {code}"));

    private static string Grouped(string code) => string.Join('-', code.Chunk(4).Select(group => new string(group)));

    // As people write them: with or without the lines between, in any case.
    private static string Plain(string typed) => string.Concat(typed.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
