using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.Mailboxes.Import;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

public sealed class ShapesOfFilesTests
{
    [Fact]
    public async Task The_default_columns_of_Get_CASMailbox_set_POP3_and_IMAP4_and_leave_SMTP_alone()
    {
        var reading = await Reading.Of("""
            #TYPE Microsoft.Exchange.Data.Directory.Management.CASMailbox
            "Name","ActiveSyncEnabled","OWAEnabled","PopEnabled","ImapEnabled","MapiEnabled"
            "Alice Martin","True","True","False","True","True"
            """);

        var row = reading.OnlyRow;
        Assert.Equal("Alice Martin", row.Name);
        Assert.Equal("Disabled Enabled -", Reading.Settings(row));
        Assert.Equal(3, row.Line);
        Assert.Equal(ImportShape.Exchange, reading.Header.Shape);
        Assert.Equal(["Name", "PopEnabled", "ImapEnabled"], reading.Header.Used);
        Assert.Equal(
            [("ActiveSyncEnabled", IgnoredBecause.OtherService), ("OWAEnabled", IgnoredBecause.OtherService), ("MapiEnabled", IgnoredBecause.OtherService)],
            reading.Header.Ignored.Select(column => (column.Name, column.Because)));
    }

    [Fact]
    public async Task The_minimum_set_of_Get_EXOCasMailbox_brings_identity_names_and_aliases()
    {
        var reading = await Reading.Of("""
            "ActiveSyncEnabled","DisplayName","ECPEnabled","EmailAddresses","EwsEnabled","ExchangeVersion","Guid","Identity","ImapEnabled","MAPIEnabled","Name","OWAEnabled","OrganizationId","PopEnabled","PrimarySmtpAddress","ServerLegacyDN"
            "True","Alice Martin","True","SMTP:Alice@Contoso.example smtp:a.martin@contoso.example X500:/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=alice SIP:alice@contoso.example","","0.20 (15.0.0.0)","3f1c5a4e-6f7c-4d53-9c3a-0d6a4c1f2b11","alice","True","True","alice","True","EURPR01A001.prod.outlook.com/…","False","Alice@Contoso.example","/o=ExchangeLabs/ou=…"
            """);

        var row = reading.OnlyRow;
        Assert.Equal("alice@contoso.example", row.Address);
        Assert.Equal("Alice Martin", row.DisplayName);
        Assert.Equal(Guid.Parse("3f1c5a4e-6f7c-4d53-9c3a-0d6a4c1f2b11"), row.ExchangeGuid);
        Assert.Equal("alice", row.Identity);
        Assert.Equal(["a.martin@contoso.example"], row.Aliases);
        Assert.Equal("Disabled Enabled -", Reading.Settings(row));
        Assert.Contains(new IgnoredColumn("ServerLegacyDN", IgnoredBecause.NotNeeded), reading.Header.Ignored);
    }

    [Fact]
    public async Task The_Pop_and_Imap_sets_bring_the_directory_id_and_their_fine_settings_are_reported_as_ignored()
    {
        var reading = await Reading.Of("""
            ExternalDirectoryObjectId,PrimarySmtpAddress,PopEnabled,PopUseProtocolDefaults,PopMessagesRetrievalMimeFormat,PopSuppressReadReceipt,PopForceICalForCalendarRetrievalOption,PopEnableExactRFC822Size,ImapEnabled,ImapUseProtocolDefaults
            8b0f2d40-0f7f-4c0e-8b58-0a3a1e0a7c02,bob@contoso.example,True,True,BestBodyFormat,False,False,False,False,True
            """);

        Assert.Equal(Guid.Parse("8b0f2d40-0f7f-4c0e-8b58-0a3a1e0a7c02"), reading.OnlyRow.ExternalDirectoryObjectId);
        Assert.Equal("Enabled Disabled -", Reading.Settings(reading.OnlyRow));
        Assert.Equal(6, reading.Header.Ignored.Count);
        Assert.All(reading.Header.Ignored, column => Assert.Equal(IgnoredBecause.KeptByExchange, column.Because));
    }

    [Fact]
    public async Task SmtpClientAuthenticationDisabled_is_turned_round_and_an_empty_cell_inherits()
    {
        var reading = await Reading.Of("""
            PrimarySmtpAddress,SmtpClientAuthenticationDisabled
            off@contoso.example,True
            on@contoso.example,False
            follows@contoso.example,
            """);

        Assert.Equal(
            [AccessSetting.Disabled, AccessSetting.Enabled, AccessSetting.Inherit],
            reading.Rows.Select(row => row.Smtp));
    }

    [Fact]
    public async Task Our_own_export_is_read_with_its_words()
    {
        var reading = await Reading.Of("""
            address,displayName,domain,plan,pop3,imap,smtp
            alice@contoso.example,Alice Martin,contoso.example,Standard,disabled,inherit,enabled
            bob@contoso.example,'=Bob,contoso.example,,Enabled,INHERIT,
            """);

        Assert.Equal(ImportShape.Native, reading.Header.Shape);
        Assert.Equal(["Disabled Inherit Enabled", "Enabled Inherit Inherit"], reading.Rows.Select(Reading.Settings));
        Assert.Equal(["Alice Martin", "=Bob"], reading.Rows.Select(row => row.DisplayName));
        Assert.Equal(["Standard", ""], reading.Rows.Select(row => row.Plan));
        Assert.Equal([new IgnoredColumn("domain", IgnoredBecause.FollowsFromAddress)], reading.Header.Ignored);
    }

    [Theory]
    [InlineData("alice@contoso.example\nbob@contoso.example\n")]
    [InlineData("PrimarySmtpAddress\nalice@contoso.example\nbob@contoso.example\n")]
    [InlineData("Adresses à traiter\r\nalice@contoso.example\r\n\r\nbob@contoso.example")]
    [InlineData("\"UserPrincipalName\"\n\"alice@contoso.example\"\n\"bob@contoso.example\"")]
    public async Task A_list_of_addresses_takes_the_chosen_action_with_or_without_a_header(string file)
    {
        var popOff = new ImportAction(AccessSetting.Disabled, null, null);

        var reading = await Reading.Of(file, popOff);

        Assert.Equal(ImportShape.List, reading.Header.Shape);
        Assert.Equal(["alice@contoso.example", "bob@contoso.example"], reading.Rows.Select(row => row.Address ?? row.UserPrincipalName));
        Assert.All(reading.Rows, row => Assert.Equal("Disabled - -", Reading.Settings(row)));
    }

    [Theory]
    [InlineData("PrimarySmtpAddress;PopEnabled;ImapEnabled\nalice@contoso.example;VRAI;FAUX\n", ';')]
    [InlineData("PrimarySmtpAddress\tPopEnabled\tImapEnabled\nalice@contoso.example\tTRUE\tFALSE\n", '\t')]
    [InlineData("sep=;\nPrimarySmtpAddress;PopEnabled;ImapEnabled\nalice@contoso.example;1;0\n", ';')]
    [InlineData("#TYPE Selected.Thing\r\n\"PrimarySmtpAddress\",\"PopEnabled\",\"ImapEnabled\"\r\n\"alice@contoso.example\",\"$true\",\"$false\"\r\n", ',')]
    [InlineData("PrimarySmtpAddress,\"PopEnabled\",ImapEnabled,\"a;b;c;d\"\nalice@contoso.example,oui,non,\n", ',')]
    [InlineData("PrimarySmtpAddress,PopEnabled,ImapEnabled\ralice@contoso.example,True,False\r", ',')]
    public async Task Comma_semicolon_and_tab_separate_and_truth_is_told_in_many_words(string file, char separator)
    {
        var reading = await Reading.Of(file);

        Assert.Equal(separator, reading.Header.Separator);
        Assert.Equal("Enabled Disabled -", Reading.Settings(Assert.Single(reading.Rows)));
    }

    [Fact]
    public async Task UTF_8_and_both_UTF_16_read_the_same_behind_their_marks()
    {
        const string file = "DisplayName,PrimarySmtpAddress,ImapEnabled\nÉlodie 🐈 Lefèvre,elodie@contoso.example,False\n";

        foreach (var encoding in (Encoding[])[new UTF8Encoding(true), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true)])
        {
            var row = (await Reading.Of([.. encoding.GetPreamble(), .. encoding.GetBytes(file)])).OnlyRow;
            Assert.Equal("Élodie 🐈 Lefèvre", row.DisplayName);
            Assert.Equal(AccessSetting.Disabled, row.Imap);
        }
    }

    [Fact]
    public async Task Headers_match_in_any_case_and_unknown_columns_are_reported_not_fatal()
    {
        var reading = await Reading.Of("IMAPENABLED, primarysmtpaddress ,Favourite colour,\nFalse,alice@contoso.example,green,\n");

        Assert.Equal("- Disabled -", Reading.Settings(reading.OnlyRow));
        Assert.Equal([("Favourite colour", IgnoredBecause.Unknown), ("", IgnoredBecause.Unknown)], reading.Header.Ignored.Select(c => (c.Name, c.Because)));
    }

    [Fact]
    public async Task Lines_of_nothing_are_passed_over_and_lines_inside_quotes_are_counted()
    {
        var reading = await Reading.Of("Name,PopEnabled\n\n\"two\nlines\",True\n,\n  , \nlast,False\n");

        Assert.Equal([(3, "two\nlines"), (7, "last")], reading.Rows.Select(row => (row.Line, row.Name!)));
    }

    [Theory]
    [InlineData("SMTP:main@contoso.example;smtp:other@contoso.example")]
    [InlineData("smtp:other@contoso.example|SMTP:main@contoso.example")]
    [InlineData("\"{SMTP:Main@contoso.example, smtp:other@contoso.example, smtp:cut@cont...\"")]
    [InlineData("\"SMTP:main@contoso.example,smtp:other@contoso.example,smtp:OTHER@contoso.example\"")]
    [InlineData("\"{SMTP:main@contoso.example\n smtp:other@contoso.example…}\"")]
    [InlineData("main@contoso.example other@contoso.example")]
    public async Task EmailAddresses_are_split_whatever_joins_them_and_SMTP_in_capitals_is_the_primary(string cell)
    {
        var row = (await Reading.Of($"Name;EmailAddresses;PopEnabled\nmain;{(cell.Contains(';') ? $"\"{cell}\"" : cell)};True\n")).OnlyRow;

        if (cell.Contains("SMTP", StringComparison.Ordinal))
            Assert.Equal("main@contoso.example", row.Address);
        Assert.Contains("other@contoso.example", row.Aliases);
        Assert.DoesNotContain(row.Address, row.Aliases);
    }

    [Fact]
    public async Task The_column_of_the_primary_address_wins_over_SMTP_in_EmailAddresses_which_stays_an_alias()
    {
        var row = (await Reading.Of("""
            EmailAddresses,PrimarySmtpAddress
            SMTP:old@contoso.example smtp:new@contoso.example,new@contoso.example
            """)).OnlyRow;

        Assert.Equal("new@contoso.example", row.Address);
        Assert.Equal(["old@contoso.example"], row.Aliases);
    }

    [Fact]
    public async Task A_type_name_instead_of_addresses_is_reported_once_and_ignored()
    {
        var reading = await Reading.Of("""
            PrimarySmtpAddress,EmailAddresses
            alice@contoso.example,System.Collections.ArrayList
            bob@contoso.example,Microsoft.Exchange.Data.ProxyAddressCollection
            """);

        Assert.Equal(new IgnoredColumn("EmailAddresses", IgnoredBecause.TypeNameInsteadOfValues), Assert.Single(reading.Items.OfType<ImportItem.Notice>()).Column);
        Assert.Equal(2, reading.Rows.Count);
        Assert.All(reading.Rows, row => Assert.Empty(row.Aliases));
    }

    [Theory]
    [InlineData("Alice.Martin+pop@CONTOSO.Example", "alice.martin+pop@contoso.example")]
    [InlineData("elodie@société.example", "elodie@xn--socit-esab.example")]
    [InlineData("o'neil@contoso.example", "o'neil@contoso.example")]
    public async Task Addresses_are_kept_in_lower_case_with_the_domain_in_ASCII(string written, string kept)
    {
        Assert.Equal(kept, (await Reading.Of($"Name,PrimarySmtpAddress\nx,{written}\n")).OnlyRow.Address);
    }

    [Fact]
    public async Task A_row_that_ends_early_is_well_when_the_missing_cells_set_nothing()
    {
        var row = (await Reading.Of("PrimarySmtpAddress,PopEnabled,OWAEnabled,ExchangeVersion\nalice@contoso.example,False\n")).OnlyRow;

        Assert.Equal(AccessSetting.Disabled, row.Pop3);
    }
}
