using System.Text;
using AdminPortal.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn.Passwords;

/// <summary>
/// Identity's hash (PBKDF2 with HMAC-SHA-512) of the password in one Unicode form: what looks the same is the same, whichever keyboard
/// typed it (NIST SP 800-63B-4, 3.1.1.2).
/// </summary>
internal sealed class PasswordHasher(IOptions<PasswordHasherOptions> options) : PasswordHasher<PortalUser>(options)
{
    /// <summary>OWASP's figure for this function. Older hashes are made anew when their owner signs in.</summary>
    public const int Iterations = 210_000;

    public override string HashPassword(PortalUser user, string password) => base.HashPassword(user, OneForm(password));

    public override PasswordVerificationResult VerifyHashedPassword(PortalUser user, string hashedPassword, string providedPassword) =>
        base.VerifyHashedPassword(user, hashedPassword, OneForm(providedPassword));

    // A lone surrogate cannot be brought into any form; it stays as it is.
    private static string OneForm(string password)
    {
        try
        {
            return password.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return password;
        }
    }
}
