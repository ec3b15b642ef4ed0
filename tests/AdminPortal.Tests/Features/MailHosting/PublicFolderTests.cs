using System.Net;
using System.Text;
using AdminPortal.Data;
using AdminPortal.MailServer;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>An administrator makes public folders by REST and on a page; a tenant's mailboxes have them, and no other tenant's.</summary>
public sealed class PublicFolderTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_folder_is_made_renamed_with_those_below_it_and_deleted_and_the_trail_tells_it()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var created = await admin.PostJsonAsync($"{tenant.Api}/public-folders", """{"name": "News"}""").JsonAsync(HttpStatusCode.Created);
        Assert.Equal("read", created.GetProperty("right").GetString());
        var path = $"{tenant.Api}/public-folders/{created.GetProperty("id").GetString()}";
        await admin.PostJsonAsync($"{tenant.Api}/public-folders", """{"name": "News"}""").ProblemAsync(HttpStatusCode.Conflict);
        await admin.PostJsonAsync($"{tenant.Api}/public-folders", """{"name": "News/2026", "right": "addAndMark"}""").JsonAsync(HttpStatusCode.Created);

        var changed = await admin.MergePatchAsync(path, """{"name": "Neuigkeiten", "right": "everything"}""");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await admin.MergePatchAsync(path, """{"name": "x"}""", ifMatch: "\"1\"").ContinueWith(t => Assert.Equal(HttpStatusCode.PreconditionFailed, t.Result.StatusCode), Cancel);
        var list = await admin.GetAsync($"{tenant.Api}/public-folders", Cancel).JsonAsync();
        Assert.Equal(["Neuigkeiten", "Neuigkeiten/2026"], list.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("name").GetString()));

        await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: (await admin.ETagAsync(path)).ToString()).ProblemAsync(HttpStatusCode.Conflict);
        var below = $"{tenant.Api}/public-folders/{list.GetProperty("items")[1].GetProperty("id").GetString()}";
        foreach (var gone in new[] { below, path })
            Assert.Equal(HttpStatusCode.NoContent, (await admin.SendJsonAsync(HttpMethod.Delete, gone, ifMatch: (await admin.ETagAsync(gone)).ToString())).StatusCode);
        Assert.Equal(
            [
                AuditActions.PublicFolderCreated, AuditActions.PublicFolderCreated, AuditActions.PublicFolderChanged, AuditActions.PublicFolderDeleted,
                AuditActions.PublicFolderDeleted,
            ],
            (await portal.AuditAsync(tenant)).Select(e => e.Action).Where(a => a.StartsWith("publicFolder", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a//b")]
    [InlineData("a*")]
    [InlineData("missing/below")]
    public async Task A_name_that_cannot_be_is_refused_at_its_field(string name)
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        Assert.NotEmpty(await admin.PostJsonAsync($"{tenant.Api}/public-folders", $$"""{"name": "{{name}}"}""").FieldErrorAsync("name"));
    }

    [Fact]
    public async Task The_page_makes_and_changes_them_in_both_languages()
    {
        var tenant = await portal.NewTenantAsync();
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = $"{tenant.Pages}/settings/public-folders";
        Assert.Equal(HttpStatusCode.Redirect, (await admin.PostAsync($"{page}?handler=Add", new() { ["Name"] = "Board <b>" }, page)).StatusCode);
        var markup = await admin.ReadAsync(page);
        Assert.Contains("Board &lt;b&gt;", markup, StringComparison.Ordinal);
        Assert.Contains("read, add, mark and remove", markup, StringComparison.Ordinal);
        using var refused = await admin.PostAsync($"{page}?handler=Add", new() { ["Name"] = "a*b" }, page);
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
    }
}

/// <summary>The wall between two tenants' public folders, at the mail server's store.</summary>
public sealed class PublicFolderWallTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_tenants_folders_never_appear_and_nothing_reaches_them()
    {
        await MakeAsync(house.Contoso, "Public/News", "Public/Secret of Contoso");
        await MakeAsync(house.Fabrikam, "Public/News");
        await using var anna = await house.First.EnterAsync(house.Contoso.Anna);
        await using var stranger = await house.Second.EnterAsync(house.Fabrikam.Anna);
        await AppendAsync(anna, "Public/News", "Subject: for Contoso\r\n\r\n");

        Assert.Contains("Public/Secret of Contoso", (await anna.Store.ListFoldersAsync(Cancel)).Select(f => f.Name));
        Assert.DoesNotContain("Public/Secret of Contoso", (await stranger.Store.ListFoldersAsync(Cancel)).Select(f => f.Name));
        Assert.Empty(await stranger.Store.GetStatusAsync(["Public/Secret of Contoso"], Cancel));
        Assert.IsType<OpenFolderOutcome.NotFound>(await stranger.Store.OpenFolderAsync("Public/Secret of Contoso", false, Cancel));
        Assert.IsType<AppendOutcome.FolderNotFound>(await AppendAsync(stranger, "Public/Secret of Contoso", "A: b\r\n\r\n"));
        Assert.Equal(0, Assert.Single(await stranger.Store.GetStatusAsync(["Public/News"], Cancel)).Messages);

        await AppendAsync(stranger, "INBOX", "A: b\r\n\r\n");
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await stranger.Store.OpenFolderAsync("INBOX", false, Cancel));
        Assert.IsType<CopyOutcome.DestinationNotFound>(await opened.Folder.CopyAsync([1], "Public/Secret of Contoso", Cancel));
        Assert.IsType<CopyOutcome.DestinationNotFound>(await opened.Folder.MoveAsync([1], "Public/Secret of Contoso", Cancel));
        Assert.IsType<CopyOutcome.Copied>(await opened.Folder.CopyAsync([1], "Public/News", Cancel));
        await opened.Folder.DisposeAsync();
        Assert.Equal(1, Assert.Single(await anna.Store.GetStatusAsync(["Public/News"], Cancel)).Messages);
    }

    [Fact]
    public async Task Somebody_in_another_process_hears_of_what_arrives()
    {
        await MakeAsync(house.Contoso, "Public/Heard");
        await using var anna = await house.First.EnterAsync(house.Contoso.Anna);
        await using var bruno = await house.Second.EnterAsync(house.Contoso.Bruno);
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await bruno.Store.OpenFolderAsync("Public/Heard", true, Cancel));
        var waiting = opened.Folder.WaitForChangesAsync(opened.Snapshot.HighestModSeq, Cancel);

        await AppendAsync(anna, "Public/Heard", "Subject: hear\r\n\r\n");

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Single((await opened.Folder.GetChangesAsync(opened.Snapshot.HighestModSeq, Cancel))!.Messages);
        await opened.Folder.DisposeAsync();
    }

    private async Task MakeAsync(Organisation at, params string[] names)
    {
        await using var db = house.Serving(at);
        foreach (var name in names)
            db.MailFolders.Add(new() { TenantId = at.Id, Id = Guid.CreateVersion7(), Name = name, PublicRight = PublicFolderRight.Everything, UidValidity = 1 });
        await db.SaveChangesAsync(Cancel);
    }

    private static async Task<AppendOutcome> AppendAsync(IMailSession session, string folder, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await session.Store.AppendAsync(folder, [new(MessageFlags.None, [], null, content)], Cancel);
    }
}
