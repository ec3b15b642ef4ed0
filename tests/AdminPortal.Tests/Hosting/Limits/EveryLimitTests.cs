using System.Reflection;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using AdminPortal.Tests.Workshop;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

/// <summary>A limit that nobody has tried is a wish: whoever adds one says which test goes so far.</summary>
public sealed class EveryLimitTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static readonly ILookup<string, MethodInfo> Reached = typeof(EveryLimitTests).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods()).SelectMany(method => method.GetCustomAttributes<ReachesAttribute>().Select(reaches => (reaches.Setting, method)))
        .ToLookup(found => found.Setting, found => found.method);

    private IEnumerable<ShownLimit> All => portal.Services.GetServices<ILimitsOfRoom>().SelectMany(room => room.All);

    [Fact]
    public void Every_limit_of_the_portal_has_a_test_that_reaches_it()
    {
        var limits = All.Select(limit => limit.Setting).Where(setting => !setting.StartsWith("MailServer:", StringComparison.Ordinal)).ToList();

        Assert.True(limits.Count > 40, $"{limits.Count}");
        Assert.DoesNotContain(limits, setting => !Reached.Contains(setting));
        Assert.Empty(Reached.Select(found => found.Key).Except(limits));
        Assert.All(Reached.SelectMany(found => found), method => Assert.NotNull(method.GetCustomAttribute<FactAttribute>(inherit: true)));
    }

    /// <summary>The mail server is a library with tests of its own, which name the limit that they make small.</summary>
    [Fact]
    public void Every_limit_of_the_mail_server_is_made_small_by_one_of_its_tests()
    {
        var limits = All.Where(limit => limit.Group.StartsWith("MailServer:", StringComparison.Ordinal)).Select(limit => limit.Name).ToList();
        var tests = string.Join('\n', Repository.Sources("tests/MailServer.Tests").Concat(Repository.Sources("tests/AdminPortal.Tests")).Where(file => !file.EndsWith("EveryLimitTests.cs", StringComparison.Ordinal)).Select(Repository.Read));

        Assert.True(limits.Count > 10, $"{limits.Count}");
        Assert.DoesNotContain(limits, name => !tests.Contains($"{name} = ", StringComparison.Ordinal) && !tests.Contains($"MailServer:Limits:{name}\"", StringComparison.Ordinal));
    }
}
