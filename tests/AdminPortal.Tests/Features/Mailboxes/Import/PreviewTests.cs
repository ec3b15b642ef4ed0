using AdminPortal.Data;
using AdminPortal.Features.Mailboxes.Import;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

public sealed class PreviewTests(ImportRoom room) : IClassFixture<ImportRoom>
{
    [Fact]
    public async Task The_preview_tells_what_would_be_created_changed_left_and_refused_and_does_none_of_it()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("alice");
        await tenant.AddMailboxAsync("bob");

        var preview = await tenant.PreviewAsync("""
            PrimarySmtpAddress,PopEnabled,OWAEnabled
            alice@,False,True
            bob@,True,True
            new@,False,True
            stranger@elsewhere.example,True,True
            broken,True,True
            """);

        Assert.Equal((5, 1, 1, 1, 2), (preview.Rows, preview.Created, preview.Changed, preview.Unchanged, preview.Refused));
        Assert.Equal([new IgnoredColumn("OWAEnabled", IgnoredBecause.OtherService)], preview.Ignored);
        Assert.Equal(
            [
                new ImportProblem(ImportProblemKind.ForeignDomain, 5) { Column = "PrimarySmtpAddress", Value = "stranger@elsewhere.example" },
                new ImportProblem(ImportProblemKind.BadAddress, 6) { Column = "PrimarySmtpAddress", Value = "broken" },
            ],
            preview.Problems);
        Assert.Equal(1, preview.RefusedBy[ImportProblemKind.BadAddress]);
        Assert.Equal(
            [
                new PlannedChange(2, $"alice@{tenant.Domain}", IsNew: false, AccessSettings.Inherited, AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled }),
                new PlannedChange(4, $"new@{tenant.Domain}", IsNew: true, AccessSettings.Inherited, AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled }),
            ],
            preview.Changes);
        Assert.Equal("Inherit Inherit Inherit", await tenant.SettingsAsync("alice"));
        Assert.Empty(await tenant.AuditAsync());
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_refused_and_not_kept()
    {
        var tenant = await room.NewTenantAsync();

        var outcome = await tenant.UploadAsync("PrimarySmtpAddress,PopEnabled\nalice@,\"True\n");

        var refused = Assert.IsType<UploadOutcome.Refused>(outcome);
        Assert.Equal((ImportProblemKind.UnclosedQuote, (int?)2), (refused.Problem.Kind, refused.Problem.Line));
        Assert.Equal(["0"], await room.AskAsync($"SELECT count(*) FROM import WHERE tenant_id = '{tenant.Id}'"));
        Assert.Equal(["0"], await room.AskAsync($"SELECT count(*) FROM import_chunk WHERE tenant_id = '{tenant.Id}'"));
    }

    [Fact]
    public async Task Every_key_finds_its_mailbox_and_the_strongest_decides()
    {
        var tenant = await room.NewTenantAsync();
        var (directoryId, guid) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await tenant.AddMailboxAsync("one", m => m.ExternalId = directoryId.ToString());
        await tenant.AddMailboxAsync("two", m => m.ExchangeGuid = guid);
        await tenant.AddMailboxAsync("three", alias: "third");
        await tenant.AddMailboxAsync("four", m => m.UserPrincipalName = "upn@directory.example");
        await tenant.AddMailboxAsync("five", m => m.ExchangeName = "élodie.l");
        await tenant.AddMailboxAsync("six", m => m.DisplayName = "Sixten Sjö");

        var preview = await tenant.PreviewAsync($"""
            ExternalDirectoryObjectId,Guid,PrimarySmtpAddress,UserPrincipalName,Identity,Name,PopEnabled
            {directoryId},,,,,two,False
            ,{guid},,,,one,False
            ,,third@,,,one,False
            ,,,UPN@directory.example,,one,False
            ,,,,contoso.example/Users/Élodie.L,one,False
            ,,,,,SIXTEN SJÖ,False
            """);

        Assert.Empty(preview.Problems);
        Assert.Equal(["one", "two", "three", "four", "five", "six"], preview.Changes.Select(change => change.Address.Split('@')[0]));
    }

    [Fact]
    public async Task An_identity_may_be_an_address_an_alias_a_UPN_a_GUID_or_a_name()
    {
        var tenant = await room.NewTenantAsync();
        var (directoryId, guid) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await tenant.AddMailboxAsync("one");
        await tenant.AddMailboxAsync("two", alias: "second");
        await tenant.AddMailboxAsync("three", m => m.UserPrincipalName = "upn@directory.example");
        await tenant.AddMailboxAsync("four", m => m.ExternalId = directoryId.ToString());
        await tenant.AddMailboxAsync("five", m => m.ExchangeGuid = guid);
        await tenant.AddMailboxAsync("six", m => m.ExchangeName = "sixth");

        var preview = await tenant.PreviewAsync($"Identity,PopEnabled\nONE@,0\nSecond@,0\nupn@Directory.example,0\n{directoryId:B},0\n{guid:N},0\nSixth,0\n");

        Assert.Empty(preview.Problems);
        Assert.Equal(["one", "two", "three", "four", "five", "six"], preview.Changes.Select(change => change.Address.Split('@')[0]));
    }

    [Fact]
    public async Task A_name_that_means_two_mailboxes_is_refused_not_guessed_at()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("anna1", m => m.DisplayName = "Anna");
        await tenant.AddMailboxAsync("anna2", m => m.DisplayName = "Anna");

        var preview = await tenant.PreviewAsync("Name,PopEnabled\nAnna,False\nNobody,False\n");

        Assert.Equal(
            [
                new ImportProblem(ImportProblemKind.AmbiguousIdentity, 2) { Column = "Name", Value = "anna", Number = 2 },
                new ImportProblem(ImportProblemKind.UnknownMailbox, 3) { Column = "Name", Value = "nobody" },
            ],
            preview.Problems);
    }

    [Fact]
    public async Task Lines_that_name_one_mailbox_are_all_refused_and_point_at_each_other()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("alice", alias: "al");

        var preview = await tenant.PreviewAsync("PrimarySmtpAddress,PopEnabled\nalice@,False\nnew@,True\nal@,True\nNEW@,False\n");

        Assert.Equal(
            [(2, 4L, "alice"), (3, 5L, "new"), (4, 2L, "alice"), (5, 3L, "new")],
            preview.Problems.Select(p => (p.Line!.Value, p.Number!.Value, p.Value!.Split('@')[0])));
        Assert.Equal(4, preview.RefusedBy[ImportProblemKind.NamedTwice]);
    }

    [Fact]
    public async Task An_address_that_passed_to_somebody_else_is_refused()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("desk", m => m.ExternalId = Guid.CreateVersion7().ToString());

        var preview = await tenant.PreviewAsync($"PrimarySmtpAddress,ExternalDirectoryObjectId,PopEnabled\ndesk@,{Guid.CreateVersion7()},False\n");

        Assert.Equal(
            [new ImportProblem(ImportProblemKind.ContradictoryIdentity, 2) { Column = "ExternalDirectoryObjectId", Value = $"desk@{tenant.Domain}" }],
            preview.Problems);
    }

    [Fact]
    public async Task A_new_mailbox_needs_an_active_domain_and_a_known_plan()
    {
        var tenant = await room.NewTenantAsync();

        var preview = await tenant.PreviewAsync($"""
            address,plan,pop3
            one@unproven.{tenant.Domain},,enabled
            two@,Luxury,enabled
            three@,Frontline,enabled
            """);

        Assert.Equal(
            [
                new ImportProblem(ImportProblemKind.ForeignDomain, 2) { Column = "address", Value = $"one@unproven.{tenant.Domain}" },
                new ImportProblem(ImportProblemKind.UnknownPlan, 3) { Column = "plan", Value = "Luxury" },
            ],
            preview.Problems);
        Assert.Equal(1, preview.Created);
    }

    [Fact]
    public async Task A_list_of_addresses_creates_nobody()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("alice");

        var preview = await tenant.PreviewAsync("alice@\naliec@\n", new ImportChoices(Pop3: AccessSetting.Disabled));

        Assert.Equal((1, 0), (preview.Changed, preview.Created));
        Assert.Equal((ImportProblemKind.UnknownMailbox, (int?)2), (preview.Problems[0].Kind, preview.Problems[0].Line));
    }

    [Fact]
    public async Task Another_tenants_mailboxes_do_not_exist_here()
    {
        var (ours, theirs) = (await room.NewTenantAsync(), await room.NewTenantAsync());
        var secret = Guid.CreateVersion7();
        await theirs.AddMailboxAsync("alice", m => m.ExternalId = secret.ToString());

        var preview = await ours.PreviewAsync($"ExternalDirectoryObjectId,PrimarySmtpAddress,PopEnabled\n{secret},,False\n,alice@{theirs.Domain},False\n");

        Assert.Equal([ImportProblemKind.UnknownMailbox, ImportProblemKind.ForeignDomain], preview.Problems.Select(p => p.Kind));
    }
}
