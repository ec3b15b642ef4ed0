using System.Globalization;
using AdminPortal.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn.Passwords;

/// <summary>
/// What a password must be (NIST SP 800-63B-4, 3.1.1.2): long enough, and not what anybody tries first. No letters of some kind are asked
/// for, and none expire: such rules only make people's choices worse.
/// </summary>
internal sealed class PasswordRules(CrossTenant crossTenant, IStringLocalizer<Text> texts, IOptions<SignInOptions> options) : IPasswordValidator<PortalUser>
{
    /// <summary>A limit for the sake of hashing alone; every form says it too.</summary>
    public const int MostCharacters = 256;

    public async Task<IdentityResult> ValidateAsync(UserManager<PortalUser> manager, PortalUser user, string? password)
    {
        var length = new StringInfo(password ?? "").LengthInTextElements;
        if (length < options.Value.PasswordLength) return Refused("PasswordTooShort", options.Value.PasswordLength);
        if (password!.Length > MostCharacters) return Refused("PasswordTooLong", MostCharacters);
        return GuessablePassword.Is(password, await NamesAroundAsync(user)) ? Refused("PasswordGuessable") : IdentityResult.Success;
    }

    /// <summary>What somebody who knows the person would try: their names, and those of their organisations.</summary>
    private async Task<IEnumerable<string>> NamesAroundAsync(PortalUser user)
    {
        var memberships = await crossTenant.MembershipsOfAsync(user.Id, CancellationToken.None);
        return [user.UserName ?? "", user.DisplayName ?? "", .. memberships.SelectMany(m => new[] { m.Tenant.Slug, m.Tenant.Name })];
    }

    private IdentityResult Refused(string why, params object[] arguments) =>
        IdentityResult.Failed(new IdentityError { Code = why, Description = texts[why, arguments] });
}
