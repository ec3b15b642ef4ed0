using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>Every route and every handler of a page, asked by everybody, as matrix.txt says.</summary>
public sealed class MatrixTests(MatrixStage stage) : IClassFixture<MatrixStage>
{
    public static TheoryData<string> Rows() => new(MatrixRow.All.Select(row => row.ToString()));

    public static TheoryData<string> UnsafeRows() => new(MatrixRow.All.Where(row => !row.IsSafe).Select(row => row.ToString()));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Everybody_gets_the_answer_that_is_written_down(string name)
    {
        var row = MatrixRow.Of(name);
        var before = await stage.EverythingAsync(row);
        await AskNobodyAsync(row);
        await AskNarrowAsync(row);
        foreach (var caller in Enum.GetValues<Caller>().Where(caller => !row.Allows(caller))) await AskAsync(row, caller);
        if (!row.IsOpen) AssertUnchanged(before, await stage.EverythingAsync(row), row);

        foreach (var caller in Enum.GetValues<Caller>().Where(row.Allows)) await AskAsync(row, caller);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task What_is_somebody_elses_and_what_is_not_there_are_one_answer(string name)
    {
        var row = MatrixRow.Of(name);
        var before = await stage.EverythingAsync(row);
        await row.AssertOneAnswerAsync(stage);
        AssertUnchanged(before, await stage.EverythingAsync(row), row);
    }

    [Theory]
    [MemberData(nameof(UnsafeRows))]
    public async Task A_session_whose_request_may_be_forged_changes_nothing(string name)
    {
        var row = MatrixRow.Of(name);
        var before = await stage.EverythingAsync(row);
        var caller = Enum.GetValues<Caller>().FirstOrDefault(row.Allows, Caller.TenantAdmin);
        using var stranger = stage.Portal.NewBrowser();
        foreach (var browser in row.IsOpen ? [stage.Of(caller).Browser, stranger] : new[] { stage.Of(caller).Browser })
        {
            var answer = await stage.AskAsync(row, stage.Ours.Slug, await stage.OwnAsync(row, fresh: false), browser.Client, antiforgery: null);
            Assert.True(answer.Status == 400, $"{row}: {caller} without an antiforgery token got {answer.Status}, not 400.\n{answer.Body}");
        }
        AssertUnchanged(before, await stage.EverythingAsync(row), row);
    }

    private async Task AskNobodyAsync(MatrixRow row)
    {
        foreach (var (what, client, antiforgery) in stage.Nobody)
        {
            // A form that is open to everybody wants a token of its own against forgery, which only a browser that opened the page has.
            if (row.IsOpen && !row.IsSafe && what != "nobody") continue;
            var answer = await stage.AskAsync(row, stage.Ours.Slug, await stage.OwnAsync(row, fresh: false), client, antiforgery);
            AssertStatus(row, what, row.Nobody == 302 && !row.IsOpen && client.DefaultRequestHeaders.Authorization is not null ? 401 : row.Nobody, answer);
            if (!row.IsOpen && answer.Status == 302) Assert.StartsWith("/sign-in", answer.Location);
        }
    }

    private async Task AskNarrowAsync(MatrixRow row)
    {
        if (row.Narrow is not { } expected) return;
        var answer = await stage.AskAsync(row, stage.Ours.Slug, await stage.OwnAsync(row, fresh: false), stage.Narrow(row.Scope), null);
        AssertStatus(row, "a token of too little scope", expected, answer);
    }

    /// <summary>With a token, where the row is one of the API, and with a session.</summary>
    private async Task AskAsync(MatrixRow row, Caller caller)
    {
        if (row.IsApi) await AskAsync(row, caller, stage.Of(caller).Program, "a token", null);
        var known = stage.Of(caller);
        await AskAsync(row, caller, known.Browser.Client, "a session", known.Antiforgery);
    }

    private async Task AskAsync(MatrixRow row, Caller caller, HttpClient client, string credential, string? antiforgery)
    {
        var own = await stage.OwnAsync(row, fresh: row.Allows(caller) && !row.IsSafe);
        var answer = await stage.AskAsync(row, stage.Ours.Slug, own, client, antiforgery);
        AssertStatus(row, $"{caller} with {credential}", row.Answers[caller], answer);
        if (antiforgery is not null && row.Allows(caller) && !row.IsSafe) await stage.SignInAgainAsync(caller);
        if (caller is not (Caller.PlatformAdmin or Caller.ForeignAdmin)) stage.AssertNothingForeign(answer, $"{row}: the answer to {caller}");
    }

    private static void AssertStatus(MatrixRow row, string who, int expected, MatrixAnswer answer) => Assert.True(
        answer.Status == expected, $"{row}: {who} got {answer.Status}, and {MatrixRow.File} says {expected}. {answer.Location}\n{answer.Body}");

    private static void AssertUnchanged(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, MatrixRow row) => Assert.True(
        before.All(table => after[table.Key] == table.Value),
        $"{row}: calls that were refused changed {string.Join(", ", before.Where(table => after[table.Key] != table.Value).Select(table => table.Key))}.");
}
