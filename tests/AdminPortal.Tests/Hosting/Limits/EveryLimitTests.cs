using System.Reflection;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

/// <summary>A limit that nobody has tried is a wish: whoever adds one says which test goes so far. The mail server is a library with tests of its own.</summary>
public sealed class EveryLimitTests : IClassFixture<PortalFactory>
{
    private static readonly ILookup<string, MethodInfo> Reached = typeof(EveryLimitTests).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods()).SelectMany(method => method.GetCustomAttributes<ReachesAttribute>().Select(reaches => (reaches.Setting, method)))
        .ToLookup(found => found.Setting, found => found.method);

    private readonly PortalFactory portal;

    public EveryLimitTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:Roles", "web,mail");
    }

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
}
