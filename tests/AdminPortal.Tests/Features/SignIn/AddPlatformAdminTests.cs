using System.Diagnostics;
using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>The command that makes the first person who can sign in, given as an operator gives it.</summary>
public sealed class AddPlatformAdminTests(PortalFactory portal) : IClassFixture<PortalFactory>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("adminportal-test-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_new_person_signs_in_with_the_printed_password_and_administers_the_platform()
    {
        var (code, output, errors) = await RunAsync(["add-platform-admin", "First.Admin@Portal.example"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal("first.admin@portal.example administers the platform.", output[^2]);
        Assert.Contains(output, line => line.Contains("info:", StringComparison.Ordinal) && line.Contains("first.admin@portal.example", StringComparison.Ordinal));
        var password = PasswordIn(output);
        Assert.Single(output, line => line.Contains(password, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(folder));

        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.VisitAsync(tenant, new(Guid.Empty, "first.admin@portal.example", password));
        using var page = await browser.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task A_person_who_exists_keeps_the_password_and_a_second_time_changes_nothing()
    {
        var person = await portal.NewPersonAsync($"{PortalFactory.NewName("known")}@portal.example");
        foreach (var expected in new[] { "administers the platform.", "administered the platform already." })
        {
            var (code, output, _) = await RunAsync(["add-platform-admin", person.UserName]);
            Assert.Equal(0, code);
            Assert.Equal([$"{person.UserName} {expected}", "The password stays as it is."], output[^2..]);
        }
        Assert.True(await IsPlatformAdminAsync(person.UserName));
        await portal.SignInAsync(person);
    }

    [Fact]
    public async Task A_person_without_a_password_gets_one()
    {
        var name = $"{PortalFactory.NewName("imported")}@portal.example";
        await portal.InScopeAsync(async scope =>
        {
            var db = scope.GetRequiredService<PortalDbContext>();
            db.Add(new PortalUser { Id = Guid.CreateVersion7(), UserName = name, NormalizedUserName = name.ToUpperInvariant(), SecurityStamp = "1" });
            return await db.SaveChangesAsync(Cancel);
        });
        var (code, output, _) = await RunAsync(["add-platform-admin", name]);
        Assert.Equal(0, code);
        await portal.SignInAsync(new(Guid.Empty, name, PasswordIn(output)));
        Assert.True(await IsPlatformAdminAsync(name));
    }

    [Theory]
    [InlineData("add-platform-admin")]
    [InlineData("add-platform-admin", "admin")]
    [InlineData("add-admin", "one@portal.example")]
    public async Task What_is_not_understood_does_nothing_and_says_what_would_be(params string[] words)
    {
        var (code, output, errors) = await RunAsync(words);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("add-platform-admin NAME", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Port", "1", "cannot be reached")]
    [InlineData("Database", "postgres", "Run the migrator.")]
    [InlineData("Database", "nowhere", "refuses")]
    public async Task A_database_that_is_away_or_not_migrated_is_told(string keyword, string value, string told)
    {
        var connection = new NpgsqlConnectionStringBuilder(portal.Database.ServingConnectionString) { [keyword] = value };
        var (code, output, errors) = await RunAsync(["add-platform-admin", "late@portal.example"], connection.ConnectionString);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains(told, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private static string PasswordIn(string[] output)
    {
        const string Before = "Password, shown this once: ";
        Assert.StartsWith(Before, output[^1], StringComparison.Ordinal);
        return output[^1][Before.Length..];
    }

    private Task<bool> IsPlatformAdminAsync(string name) => portal.InScopeAsync(scope =>
        scope.GetRequiredService<PortalDbContext>().Users.Where(u => u.UserName == name).Select(u => u.IsPlatformAdmin).SingleAsync(Cancel));

    private async Task<(int Code, string[] Output, string Errors)> RunAsync(string[] words, string? connection = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll"), .. words])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__Portal"] = connection ?? portal.Database.ServingConnectionString,
                ["Portal__DataFolder"] = folder,
                // Would be seeded and listened on, were anything started.
                ["Portal__Demo"] = "true",
            },
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries), await errors);
    }
}
