using System.Globalization;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.Mailboxes.Import;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Xunit;
using Text = AdminPortal.Features.Mailboxes.Import.Text;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

public sealed class BadFilesTests
{
    private const string Header = "PrimarySmtpAddress,DisplayName,PopEnabled\n";
    private const string Good = "alice@contoso.example,Alice,True\n";

    private static readonly ImportAction PopOff = new(AccessSetting.Disabled, null, null);

    [Fact]
    public async Task Windows_1252_is_refused_at_the_line_and_character_of_its_first_accent()
    {
        var file = Encoding.Latin1.GetBytes(Header + Good + "elodie@contoso.example,Lefèvre,True\n");

        var problem = (await Reading.Of(file)).Broken;

        Assert.Equal(new ImportProblem(ImportProblemKind.NotUtf8, 3) { Position = 27, Value = "0xE8" }, problem);
    }

    [Theory]
    [InlineData("DisplayName,Name\r\nÉlodie 🐈,\u00e9", 2, 11)]
    [InlineData("DisplayName,Name\ra\r\rb", 4, 2)]
    [InlineData("DisplayName,Name\r\n\r\na\n", 4, 1)]
    public async Task The_place_of_a_bad_byte_is_counted_in_characters_and_in_lines_of_any_kind(string before, int line, int character)
    {
        byte[] file = [.. Encoding.UTF8.GetBytes(before), 0xFF, .. "rest\n"u8];

        Assert.Equal(new ImportProblem(ImportProblemKind.NotUtf8, line) { Position = character, Value = "0xFF" }, (await Reading.Of(file)).Broken);
    }

    [Fact]
    public async Task A_character_cut_off_at_the_end_is_refused()
    {
        byte[] file = [.. Encoding.UTF8.GetBytes(Header), 0xC3];

        Assert.Equal(new ImportProblem(ImportProblemKind.NotUtf8, 2) { Position = 1, Value = "0xC3" }, (await Reading.Of(file)).Broken);
    }

    [Fact]
    public async Task Binary_is_refused_where_the_first_NUL_stands()
    {
        var problem = (await Reading.Of(Header + "ab\0c\n")).Broken;

        Assert.Equal(new ImportProblem(ImportProblemKind.Binary, 2) { Position = 3, Value = "0x00" }, problem);
    }

    [Fact]
    public async Task UTF_16_without_its_mark_is_taken_for_binary()
    {
        Assert.Equal(ImportProblemKind.Binary, (await Reading.Of(Encoding.Unicode.GetBytes(Header + Good))).Broken.Kind);
    }

    [Fact]
    public async Task UTF_16_with_half_a_character_is_refused_as_damaged()
    {
        byte[] file = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Header + "a"), 0x3D, 0xD8, .. Encoding.Unicode.GetBytes("b\n")];

        var problem = (await Reading.Of(file)).Broken;

        Assert.Equal((ImportProblemKind.DamagedUtf16, (int?)2, (int?)2), (problem.Kind, problem.Line, problem.Position));
    }

    [Theory]
    [InlineData("504B0304140006000800")]
    [InlineData("D0CF11E0A1B11AE10000")]
    public async Task An_Excel_workbook_is_recognised(string hex)
    {
        Assert.Equal(new ImportProblem(ImportProblemKind.ExcelWorkbook, null), (await Reading.Of(Convert.FromHexString(hex))).Broken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n \n")]
    [InlineData("#TYPE Microsoft.Exchange.CASMailbox\n")]
    public async Task A_file_without_a_header_is_empty(string file)
    {
        Assert.Equal(new ImportProblem(ImportProblemKind.Empty, null), (await Reading.Of(file)).Broken);
    }

    [Fact, Reaches("Limits:Import:MaxBytes")]
    public async Task A_file_over_the_limit_is_refused_by_its_announced_length_and_while_it_streams()
    {
        var limits = new ImportLimits { MaxBytes = 100 };
        var tooLarge = new ImportProblem(ImportProblemKind.TooLarge, null) { Number = 100 };

        Assert.Equal(tooLarge, limits.RefuseLength(101));
        Assert.Null(limits.RefuseLength(100));
        Assert.Null(limits.RefuseLength(null));
        Assert.Equal(tooLarge, (await Reading.Of(Header + string.Concat(Enumerable.Repeat(Good, 10)), limits: limits)).Broken);
    }

    [Fact]
    public async Task A_file_of_exactly_the_limit_is_read_and_its_mark_counts()
    {
        byte[] file = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Header + Good)];

        Assert.Single((await Reading.Of(file, limits: new ImportLimits { MaxBytes = file.Length })).Rows);
        Assert.Equal(ImportProblemKind.TooLarge, (await Reading.Of(file, limits: new ImportLimits { MaxBytes = file.Length - 1 })).Broken.Kind);
    }

    [Fact, Reaches("Limits:Import:MaxRows")]
    public async Task One_row_too_many_is_refused_by_its_line()
    {
        var problem = (await Reading.Of(Header + Good + "\n" + Good + Good, limits: new ImportLimits { MaxRows = 2 })).Broken;

        Assert.Equal(new ImportProblem(ImportProblemKind.TooManyRows, 5) { Number = 2 }, problem);
    }

    [Theory]
    [InlineData("alice@contoso.example,\"Alice,True\nbob@contoso.example,Bob,True\n", 2, 23)]
    [InlineData("alice@contoso.example,\"Alice,True\nbob@contoso.example,\"Bob\",True\n", 2, 23)]
    [InlineData("\"a@b.example\",\"Al\nice\",\"True\n\"b@b.example\",\"Bob\",\"True\"\n", 3, 6)]
    [InlineData("a@b.example,Al\"ice,\"True\n", 2, 20)]
    public async Task An_unclosed_quote_is_named_by_the_place_where_it_opened(string rows, int line, int character)
    {
        Assert.Equal(new ImportProblem(ImportProblemKind.UnclosedQuote, line) { Position = character }, (await Reading.Of(Header + rows)).Broken);
    }

    [Fact]
    public async Task An_unclosed_quote_is_found_even_when_what_it_swallows_is_too_much_to_keep()
    {
        var file = Header + Good + "bob@contoso.example,\"Bob,True\n" + string.Concat(Enumerable.Repeat(Good, 20_000));

        Assert.Equal(new ImportProblem(ImportProblemKind.UnclosedQuote, 3) { Position = 21 }, (await Reading.Of(file)).Broken);
    }

    [Fact, Reaches("Limits:Import:MaxRowBytes")]
    public async Task A_row_without_end_is_refused_by_its_line()
    {
        var file = Header + Good + new string('x', 200_000);

        Assert.Equal(new ImportProblem(ImportProblemKind.RowTooLong, 3) { Number = 65_536 }, (await Reading.Of(file)).Broken);
    }

    [Fact]
    public async Task An_unclosed_quote_in_the_header_breaks_the_file_too()
    {
        Assert.Equal(new ImportProblem(ImportProblemKind.UnclosedQuote, 1) { Position = 6 }, (await Reading.Of("Name,\"PopEnabled\nx,True\n")).Broken);
    }

    [Theory]
    [InlineData("a@b.example,\"Ali\"ce,True\n", nameof(ImportProblemKind.TextAfterQuote), 18)]
    [InlineData("a@b.example,\"🐈\" x,True\n", nameof(ImportProblemKind.TextAfterQuote), 16)]
    [InlineData("a@b.example,Al\"ice,True\n", nameof(ImportProblemKind.StrayQuote), 15)]
    public async Task A_quote_out_of_place_refuses_its_line_and_no_other(string row, string kind, int character)
    {
        var reading = await Reading.Of(Header + row + Good);

        Assert.Equal([new ImportProblem(Enum.Parse<ImportProblemKind>(kind), 2) { Position = character }], reading.Refused);
        Assert.Equal(3, Assert.Single(reading.Rows).Line);
    }

    [Fact]
    public async Task Too_many_cells_refuse_the_line_and_show_the_first_without_a_column()
    {
        var reading = await Reading.Of(Header + "alice@contoso.example,Martin, Alice,True\n" + Good);

        Assert.Equal([new ImportProblem(ImportProblemKind.TooManyCells, 2) { Number = 3, Value = "True" }], reading.Refused);
        Assert.Single(reading.Rows);
    }

    [Fact]
    public async Task Too_few_cells_refuse_the_line_when_a_setting_is_missing()
    {
        var reading = await Reading.Of(Header + "alice@contoso.example,Alice\n" + Good);

        Assert.Equal([new ImportProblem(ImportProblemKind.TooFewCells, 2) { Number = 3, Column = "PopEnabled" }], reading.Refused);
        Assert.Single(reading.Rows);
    }

    [Theory]
    [InlineData("Name,PopEnabled,popENABLED\n", "popENABLED", "PopEnabled")]
    [InlineData("Name,pop3,PopEnabled\n", "PopEnabled", "pop3")]
    [InlineData("Name,smtp,SmtpClientAuthenticationDisabled\n", "SmtpClientAuthenticationDisabled", "smtp")]
    [InlineData("Name,Colour,colour\n", "colour", "Colour")]
    public async Task Two_columns_for_one_thing_are_refused_by_name(string header, string second, string first)
    {
        Assert.Equal(new ImportProblem(ImportProblemKind.DuplicateColumn, 1) { Column = second, Value = first }, (await Reading.Of(header)).Broken);
    }

    [Fact]
    public async Task A_header_that_names_no_mailbox_is_refused()
    {
        Assert.Equal(new ImportProblem(ImportProblemKind.NoIdentityColumn, 2), (await Reading.Of("#TYPE x\nPopEnabled,ImapEnabled\nTrue,True\n")).Broken);
    }

    [Fact]
    public async Task A_list_without_an_action_and_an_action_beside_settings_are_refused()
    {
        Assert.Equal(new ImportProblem(ImportProblemKind.ListNeedsAction, 1), (await Reading.Of("alice@contoso.example\n")).Broken);
        Assert.Equal(
            new ImportProblem(ImportProblemKind.ActionNeedsList, 1) { Column = "PopEnabled" },
            (await Reading.Of(Header + Good, PopOff)).Broken);
    }

    [Theory]
    [InlineData("PopEnabled", "perhaps")]
    [InlineData("imap", "2")]
    [InlineData("SmtpClientAuthenticationDisabled", "disabled")]
    [InlineData("SmtpClientAuthenticationDisabled", "enabled")]
    public async Task A_word_that_is_no_switch_refuses_its_line_and_names_the_column(string column, string value)
    {
        var reading = await Reading.Of($"Name,{column}\nx,{value}\n");

        Assert.Equal([new ImportProblem(ImportProblemKind.BadValue, 2) { Column = column, Value = value }], reading.Refused);
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("alice@")]
    [InlineData("@contoso.example")]
    [InlineData("alice@contoso")]
    [InlineData("al ice@contoso.example")]
    [InlineData("al/ice@contoso.example")]
    [InlineData("al\u0007ice@contoso.example")]
    [InlineData("alice@@contoso.example")]
    [InlineData(".alice@contoso.example")]
    [InlineData("al..ice@contoso.example")]
    [InlineData("alice@-contoso.example")]
    [InlineData("alice@contoso..example")]
    public async Task An_address_we_could_not_use_refuses_its_line(string address)
    {
        var reading = await Reading.Of($"Name,PrimarySmtpAddress\nx,{address}\n");

        Assert.Equal([new ImportProblem(ImportProblemKind.BadAddress, 2) { Column = "PrimarySmtpAddress", Value = address }], reading.Refused);
    }

    [Fact]
    public async Task A_bad_alias_a_bad_GUID_a_name_too_long_and_a_row_without_mailbox_refuse_their_lines()
    {
        var reading = await Reading.Of($"""
            Guid,DisplayName,EmailAddresses,PopEnabled
            ,Alice,smtp:alice@,True
            12345,Bob,smtp:bob@contoso.example,True
            ,{new string('n', 257)},smtp:carl@contoso.example,True
            00000000-0000-0000-0000-000000000000,Dora,,True
            """);

        Assert.Equal(
            [
                new ImportProblem(ImportProblemKind.BadAddress, 2) { Column = "EmailAddresses", Value = "smtp:alice@" },
                new ImportProblem(ImportProblemKind.BadGuid, 3) { Column = "Guid", Value = "12345" },
                new ImportProblem(ImportProblemKind.ValueTooLong, 4) { Column = "DisplayName", Value = new string('n', 257), Number = 256 },
                new ImportProblem(ImportProblemKind.NoIdentity, 5),
            ],
            reading.Refused);
    }

    [Fact]
    public void Every_problem_and_every_ignored_column_has_its_words_in_both_languages()
    {
        using var services = new ServiceCollection().AddLogging().AddLocalization().BuildServiceProvider();
        var text = services.GetRequiredService<IStringLocalizer<Text>>();
        var spoken = new List<string>();

        foreach (var culture in (string[])["en", "fr"])
        {
            CultureInfo.CurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            foreach (var kind in Enum.GetValues<ImportProblemKind>())
            {
                var problem = new ImportProblem(kind, 12) { Position = 34, Column = "PopEnabled", Value = "x", Number = 256 * 1024 * 1024 };
                spoken.AddRange([text.Describe(problem), text.Cure(problem)]);
            }
            spoken.AddRange(Enum.GetValues<IgnoredBecause>().Select(because => text.Describe(because)));
        }

        Assert.Equal(spoken.Count, spoken.Distinct().Count());
        Assert.DoesNotContain(spoken, sentence => sentence.StartsWith("Problem", StringComparison.Ordinal) || sentence.StartsWith("Ignored", StringComparison.Ordinal));
        Assert.Contains("The file is larger than 256 MiB.", spoken);
        Assert.Contains("Ligne 12, colonne PopEnabled\u00a0: «\u00a0x\u00a0» n’est pas une valeur pour ce réglage.", spoken);
    }
}
