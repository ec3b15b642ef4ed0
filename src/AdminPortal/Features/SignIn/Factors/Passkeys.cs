using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using AdminPortal.Data;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>
/// People's passkeys. The browser is asked to verify the person each time, so a passkey is two factors in one. Identity keeps the challenge
/// in a sealed cookie of a few minutes, which a thief could copy together with the answer: so an answer is accepted once.
/// </summary>
internal sealed class Passkeys(
    SignInManager<PortalUser> signIn, UserManager<PortalUser> users, PortalDbContext db, TimeProvider time)
{
    /// <summary>Of the cookie that holds the challenge.</summary>
    public static void Configure(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "__Host-passkey";
        cookie.ExpireTimeSpan = TimeSpan.FromMinutes(5);
        SecondStep.ShortLived(cookie);
    }

    /// <summary>What the browser needs to make a passkey for this person.</summary>
    public async Task<string> CreationOptionsAsync(PortalUser person) => await signIn.MakePasskeyCreationOptionsAsync(new()
    {
        Id = person.Id.ToString(),
        Name = person.UserName!,
        DisplayName = person.DisplayName ?? person.UserName!,
    });

    /// <summary>What the browser needs to answer with a passkey: any that it has for this portal, or one of this person's.</summary>
    public async Task<string> RequestOptionsAsync(PortalUser? person) => await signIn.MakePasskeyRequestOptionsAsync(person);

    /// <returns>False where the answer does not fit: too late, another's, or not what was asked.</returns>
    public async Task<bool> AddAsync(PortalUser person, string answer, string name)
    {
        try
        {
            var made = await signIn.PerformPasskeyAttestationAsync(answer);
            if (!made.Succeeded || made.UserEntity.Id != person.Id.ToString()) return false;
            made.Passkey.Name = name;
            return (await users.AddOrUpdatePasskeyAsync(person, made.Passkey)).Succeeded;
        }
        catch (InvalidOperationException)
        {
            // No challenge is under way in this browser, or none any more.
            return false;
        }
    }

    /// <returns>Whose passkey answered; null where the answer does not fit or was given before.</returns>
    public async Task<PortalUser?> VerifyAsync(string answer, CancellationToken cancellationToken)
    {
        try
        {
            var proved = await signIn.PerformPasskeyAssertionAsync(answer);
            if (!proved.Succeeded || !await IsFirstAsync(answer, cancellationToken)) return null;
            return (await users.AddOrUpdatePasskeyAsync(proved.User, proved.Passkey)).Succeeded ? proved.User : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The signed part of an answer holds the challenge, so no two honest ones are alike.</summary>
    private async Task<bool> IsFirstAsync(string answer, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(answer);
        var signed = document.RootElement.GetProperty("response").GetProperty("clientDataJSON").GetString()!;
        var hash = SHA256.HashData(Base64Url.DecodeFromChars(signed));
        return await db.Database.ExecuteSqlAsync(
            $"INSERT INTO portal_used_proof (hash, used_at) VALUES ({hash}, {time.GetUtcNow()}) ON CONFLICT DO NOTHING", cancellationToken) == 1;
    }
}
