using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Members;

/// <summary>An administrator cannot make the portal write to as many strangers as they like.</summary>
public sealed class InvitationLimitTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public InvitationLimitTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("OutgoingMail:Host", "localhost");
        portal.Set("OutgoingMail:From", "portal@portal.example");
        portal.Set("Limits:Mail:InvitationsPerDay", "3");
    }

    [Fact, Reaches("Limits:Mail:InvitationsPerDay")]
    public async Task Beyond_the_days_number_nobody_is_invited_and_nothing_is_sent_again_and_other_organisations_go_on()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var last = "";
        for (var n = 0; n < 3; n++) last = (await InviteAsync(admin, tenant, n).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        await InviteAsync(admin, tenant, 3).ProblemAsync(HttpStatusCode.Conflict);
        await admin.PostJsonAsync($"{tenant.Api}/members/invitations/{last}/resend", "").ProblemAsync(HttpStatusCode.Conflict);
        await InviteAsync(await portal.ApiAsync(other, PortalRole.TenantAdmin), other, 0).JsonAsync(HttpStatusCode.Created);
    }

    private static Task<HttpResponseMessage> InviteAsync(HttpClient admin, TestTenant tenant, int number) =>
        admin.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "stranger-{{number}}@elsewhere.example", "role": "auditor"}""");
}
