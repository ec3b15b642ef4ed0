using System.Diagnostics;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn.Reset;

/// <summary>The commands with which an operator lets somebody in again, given as an operator gives them.</summary>
public sealed class ResetCommandTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private const string New = "slow river under bridges";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_platform_administrator_gets_a_link_that_works_once_and_is_on_record_where_they_are_members()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPlatformAdminAsync();
        await portal.AddMemberAsync(tenant, admin, PortalRole.TenantAdmin);
        var (code, output, errors) = await RunAsync("reset-platform-admin", admin.UserName.ToUpperInvariant());
        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith("https://portal.example/reset-password/", output[^1], StringComparison.Ordinal);
        // The log names the person, and never the link.
        Assert.Single(output, line => line.Contains("/reset-password/", StringComparison.Ordinal));
        Assert.Contains(output, line => line.Contains("info:", StringComparison.Ordinal) && line.Contains(admin.UserName, StringComparison.Ordinal));
        Assert.Contains(await portal.AuditAsync(tenant), e => e.Action == AuditActions.PasswordResetAsked && e.ActorName == "reset-platform-admin" && e.Target == admin.UserName);

        using var browser = portal.NewBrowser();
        using var followed = await browser.GetAsync(new Uri(output[^1]).AbsolutePath);
        using var set = await browser.PostAsync("/reset-password", new() { ["Password"] = New });
        Assert.Equal("/sign-in", set.Headers.Location?.ToString());
        using var signedIn = await portal.SignInAsync(admin with { Password = New });
        Assert.Contains("/tenants/new", await signedIn.ReadAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_else_gets_one_by_that_command_but_anybody_by_the_other()
    {
        var person = await portal.NewPersonAsync($"{PortalFactory.NewName("plain")}@portal.example");
        var refused = await RunAsync("reset-platform-admin", person.UserName);
        Assert.Equal(1, refused.Code);
        Assert.Contains("does not administer the platform", refused.Errors, StringComparison.Ordinal);
        var unknown = await RunAsync("reset-password", "nobody@portal.example");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("There is nobody by the name", unknown.Errors, StringComparison.Ordinal);

        var (code, output, _) = await RunAsync("reset-password", person.UserName);
        Assert.Equal(0, code);
        var hash = OneTimeSecret.Of(output[^1].Split('/')[^1]).Hash;
        Assert.Equal(person.Id, await portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().PasswordResets.Where(r => r.TokenHash == hash).Select(r => r.UserId).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task A_command_without_a_name_is_told_what_there_is()
    {
        var (code, _, errors) = await RunAsync("reset-platform-admin");
        Assert.Equal(2, code);
        Assert.Contains("reset-platform-admin NAME", errors, StringComparison.Ordinal);
    }

    private async Task<(int Code, string[] Output, string Errors)> RunAsync(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll"), .. words])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__Portal"] = portal.Database.ServingConnectionString, ["Portal__DataFolder"] = portal.DataFolder,
                ["Portal__PublicUrl"] = "https://portal.example",
            },
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries), await errors);
    }
}
