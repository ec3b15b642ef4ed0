using System.Reflection;
using System.Text.RegularExpressions;
using AdminPortal.Tests.Workshop;
using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>The list of entrances is the database's own: what runs there with the owner's eyes has a test, and one caller.</summary>
public sealed partial class EntranceListTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    [Fact]
    public async Task Every_entrance_has_a_test_of_what_it_may_see()
    {
        var tested = typeof(EntranceListTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Public))
            .Where(method => method.GetCustomAttributes().Any(a => a is FactAttribute))
            .SelectMany(method => method.GetCustomAttributes<EntranceAttribute>())
            .Select(entrance => entrance.Name);

        Assert.Equal(await EntrancesAsync(), tested.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nobody_but_the_serving_role_may_call_one()
    {
        var callers = await LookAsync(
            """
            SELECT DISTINCT p.proname || ' by ' || r.rolname
            FROM pg_proc p CROSS JOIN pg_roles r
            WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\_%'
              AND r.rolname NOT IN ('portal_owner', 'portal_serving', 'portal_app') AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
            UNION ALL
            SELECT p.proname || ' by everybody' FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND has_function_privilege('public', p.oid, 'EXECUTE')
            """);

        Assert.Empty(callers);
    }

    [Fact]
    public async Task The_code_calls_them_in_one_place()
    {
        var entrances = (await EntrancesAsync()).Select(entrance => entrance.Split('/')[0]).ToHashSet();
        var callers = Repository.Sources("src")
            .Where(path => !OwnPlace().IsMatch(path))
            .SelectMany(path => Call().Matches(Repository.Read(path)).Select(call => (Path: path, Name: call.Groups["name"].Value)))
            .Where(call => entrances.Contains(call.Name))
            .Select(call => $"{call.Name} in {call.Path}");

        Assert.Empty(callers);
    }

    private Task<List<string>> EntrancesAsync() => LookAsync(
        """
        SELECT (p.proname || CASE WHEN count(*) OVER (PARTITION BY p.proname) > 1 THEN '/' || p.pronargs ELSE '' END) COLLATE "C"
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef ORDER BY 1
        """);

    // The reader of the change feed holds a connection of its own; the search checks the tenant itself and is part of a query of that tenant.
    [GeneratedRegex(@"Data/(CrossTenant[A-Za-z]*|ChangeFeed/ChangeFeedListener|MailboxFilter)\.cs$")]
    private static partial Regex OwnPlace();

    [GeneratedRegex(@"\b(FROM|SELECT|JOIN LATERAL)\s+(?<name>[a-z_]+)\(")]
    private static partial Regex Call();
}
