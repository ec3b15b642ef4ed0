using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Operations;

/// <summary>The list of what ran, as a page.</summary>
public sealed class OperationListTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_ran_is_listed_newest_first_with_its_state_and_a_way_in()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var ids = new List<Guid>();
        foreach (var state in new[] { OperationState.Succeeded, OperationState.Failed }) ids.Add(await AddAsync(tenant, state));
        await AddAsync(other, OperationState.Succeeded);
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Auditor));
        var page = await browser.OpenAsync($"{tenant.Pages}/operations");
        Assert.Equal(["Failed", "Done"], page.Says("tbody .verdict"));
        Assert.Equal([.. ids.AsEnumerable().Reverse().Select(id => $"{tenant.Pages}/operations/{id}")], page.QuerySelectorAll("tbody a").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public async Task An_empty_list_says_what_belongs_there()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Helpdesk));
        Assert.Contains("No large change yet", await browser.ReadAsync($"{tenant.Pages}/operations"), StringComparison.Ordinal);
    }

    private Task<Guid> AddAsync(TestTenant tenant, OperationState state) => portal.LookAsync(tenant, async db =>
    {
        var operation = new Operation
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), Kind = "accessChange", Request = System.Text.Json.JsonDocument.Parse("{}"), RequestedBy = "somebody",
            State = state, FinishedAt = TimeProvider.System.GetUtcNow(),
        };
        db.Add(operation);
        await db.SaveChangesAsync(Cancel);
        return operation.Id;
    });
}
