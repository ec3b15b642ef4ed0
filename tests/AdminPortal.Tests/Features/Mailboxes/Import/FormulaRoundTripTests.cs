using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

/// <summary>
/// A text that a spreadsheet would run, through the front door and back: it leaves in quotes behind an apostrophe, comes in as it was, and is
/// shown to programs and people as it is.
/// </summary>
public sealed class FormulaRoundTripTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public FormulaRoundTripTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:Roles", "web,worker");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Formulas() => new(
        "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1:A9)", "＝1+1", "＋1", "－1", "＠SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "'=1+1", "''@x", "=HYPERLINK(\"http://elsewhere.example\",\"x\")");

    [Theory]
    [MemberData(nameof(Formulas))]
    public async Task A_guarded_cell_comes_in_as_the_text_that_it_was(string text)
    {
        var tenant = await portal.NewTenantAsync();
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var address = $"new@{tenant.Domain}";
        using var file = new StringContent($"address,displayName\r\n{address},\"{FormulaGuard.Protect(text).Replace("\"", "\"\"")}\"\r\n", Encoding.UTF8, "text/csv");
        await UntilDoneAsync(admin, await admin.PostAsync($"{tenant.Api}/imports", file, Cancel).JsonAsync(System.Net.HttpStatusCode.Accepted), tenant);

        Assert.Equal(text, (await admin.GetAsync($"{tenant.Api}/mailboxes/{address}", Cancel).JsonAsync()).GetProperty("displayName").GetString());
    }

    [Theory]
    [MemberData(nameof(Formulas))]
    public async Task The_audit_trails_file_runs_nothing_and_gives_every_text_back(string text)
    {
        var tenant = await portal.NewTenantAsync();
        await portal.LookAsync(tenant, async db =>
        {
            db.Add(new Actor().Did(tenant.Id, AuditActions.PlanChanged, "plan", null, text, reason: text));
            return await db.SaveChangesAsync(Cancel);
        });
        using var auditor = await portal.ApiAsync(tenant, PortalRole.Auditor);
        var csv = await auditor.GetStringAsync($"{tenant.Api}/audit-events/export?format=csv&action={AuditActions.PlanChanged}", Cancel);

        var rows = Cells(csv.TrimStart('\uFEFF'));
        foreach (var column in new[] { "target", "reason" })
        {
            var cell = rows[1][rows[0].IndexOf(column)];
            Assert.Equal('\'', cell[0]);
            Assert.Equal(text, FormulaGuard.Undo(cell));
        }
    }

    /// <summary>RFC 4180, read by its letter and not by the code that wrote it.</summary>
    private static List<List<string>> Cells(string csv)
    {
        var (rows, cell, isQuoted) = (new List<List<string>> { new() }, new StringBuilder(), false);
        for (var place = 0; place < csv.Length; place++)
            switch (csv[place])
            {
                case '"' when isQuoted && csv.ElementAtOrDefault(place + 1) == '"':
                    cell.Append('"');
                    place++;
                    break;
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case ',' when !isQuoted:
                    rows[^1].Add(cell.ToString());
                    cell.Clear();
                    break;
                case '\r' when !isQuoted:
                    rows[^1].Add(cell.ToString());
                    cell.Clear();
                    rows.Add([]);
                    place++;
                    break;
                default:
                    cell.Append(csv[place]);
                    break;
            }
        return rows;
    }

    private static async Task UntilDoneAsync(HttpClient admin, JsonElement operation, TestTenant tenant)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (operation.GetProperty("state").GetString() is "queued" or "running")
        {
            await look.WaitForNextTickAsync(Cancel);
            operation = await admin.GetAsync($"{tenant.Api}/operations/{operation.GetProperty("id").GetString()}", Cancel).JsonAsync();
        }
        Assert.Equal("succeeded", operation.GetProperty("state").GetString());
    }
}
