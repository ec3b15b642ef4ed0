using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Members;

/// <summary>What could not be sent is seen by whoever runs the portal, and by nobody else.</summary>
public sealed class OutgoingMailPageTests(MailingPortal mailing) : IClassFixture<MailingPortal>
{
    private const string Page = "/platform/outgoing-mail";

    [Fact]
    public async Task A_mail_that_was_given_up_is_listed_with_its_reason_and_without_its_link()
    {
        var portal = mailing.Portal;
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        await admin.PostJsonAsync($"{tenant.Api}/members", """{"address": "lost@elsewhere.example", "role": "auditor"}""").JsonAsync(HttpStatusCode.Created);
        using var platform = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        Assert.Contains("on its way", Row(await platform.OpenAsync(Page)), StringComparison.Ordinal);
        await mailing.SendAsync();
        var row = Row(await platform.OpenAsync(Page));
        foreach (var word in new[] { tenant.Slug, "Invitation", "not delivered", "does not take mail for this address", "550", "1 attempt" })
            Assert.Contains(word, row, StringComparison.Ordinal);
        Assert.DoesNotContain("/invitation/", await platform.ReadAsync(Page), StringComparison.Ordinal);
        Assert.Contains(Page, await platform.ReadAsync("/"), StringComparison.Ordinal);

        using var other = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        using var refused = await other.GetAsync(Page);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private static string Row(AngleSharp.Dom.IDocument page) => page.Says("tbody tr").Single(row => row.Contains("lost@elsewhere.example", StringComparison.Ordinal));
}
