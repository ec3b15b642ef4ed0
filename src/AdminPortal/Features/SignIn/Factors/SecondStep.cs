using System.Security.Claims;
using AdminPortal.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>
/// Between the right password and the code: a cookie of five minutes that says whose password was right. It opens nothing but the page
/// that asks for the code.
/// </summary>
internal sealed class SecondStep(UserManager<PortalUser> users, IHttpContextAccessor http)
{
    public const string Scheme = "second-step";

    public static void Configure(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "__Host-second-step";
        cookie.ExpireTimeSpan = TimeSpan.FromMinutes(5);
        ShortLived(cookie);
    }

    /// <summary>What all cookies of a sign-in that is under way share.</summary>
    public static void ShortLived(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Path = "/";
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.IsEssential = true;
        cookie.SlidingExpiration = false;
    }

    public Task AskAsync(PortalUser person) => http.HttpContext!.SignInAsync(Scheme, new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, person.Id.ToString()), new(ClaimTypes.Version, person.SecurityStamp ?? "")], Scheme)));

    /// <returns>Whose password was right a moment ago, and is still; else null.</returns>
    public async Task<PortalUser?> WhoAsync()
    {
        if ((await http.HttpContext!.AuthenticateAsync(Scheme)).Principal is not { } asked) return null;
        var person = await users.FindByIdAsync(asked.FindFirstValue(ClaimTypes.NameIdentifier)!);
        return person?.SecurityStamp == asked.FindFirstValue(ClaimTypes.Version) ? person : null;
    }

    public Task DoneAsync() => http.HttpContext!.SignOutAsync(Scheme);
}
