using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>Somebody else's object and one that does not exist are told apart by nothing: neither by the status, nor by a header, nor by a word.</summary>
internal static class OneAnswer
{
    public static async Task AssertOneAnswerAsync(this MatrixRow row, MatrixStage stage)
    {
        if (row.Else is { } expected)
            foreach (var caller in Enum.GetValues<Caller>().Where(caller => caller != Caller.ForeignAdmin))
                await CompareAsync(row, stage, caller, await stage.ElseAsync(row), row.Allows(caller) ? expected : null);
        if (row.IsOfTenant)
            foreach (var caller in new[] { Caller.TenantAdmin, Caller.Helpdesk, Caller.Auditor, Caller.MailboxOwner })
                await CompareAsync(row, stage, caller, await stage.ElsewhereAsync(row), 404);
    }

    /// <param name="row">What is asked.</param>
    /// <param name="stage">Where.</param>
    /// <param name="caller">By whom.</param>
    /// <param name="questions">About what; each gets the answer of the first.</param>
    /// <param name="expected">The status; null where the caller may not ask at all, which may be said first.</param>
    private static async Task CompareAsync(MatrixRow row, MatrixStage stage, Caller caller, List<MatrixAbout> questions, int? expected)
    {
        var known = stage.Of(caller);
        foreach (var (client, antiforgery) in row.IsApi ? [(known.Program, null), (known.Browser.Client, known.Antiforgery)] : new[] { (known.Browser.Client, (string?)known.Antiforgery) })
        {
            string? first = null;
            foreach (var about in questions)
            {
                var answer = await stage.AskAsync(row, about.Tenant, about.Objects, client, antiforgery);
                var where = $"{row}: {caller} asked about {about.What}";
                Assert.True(expected is null ? answer.Status is 403 or 404 : answer.Status == expected, $"{where} and got {answer.Status}, not {expected}. {answer.Location}\n{answer.Body}");
                var bare = answer.Bare([.. about.Objects.Values, about.Tenant]);
                Assert.True((first ??= bare) == bare, $"{where}: that is not the answer about {questions[0].What}.\n{first}\n\n--- but ---\n\n{bare}");
            }
        }
    }
}

/// <param name="What">In words.</param>
/// <param name="Tenant">The tenant in the address.</param>
/// <param name="Objects">What stands for each kind.</param>
internal sealed record MatrixAbout(string What, string Tenant, Dictionary<string, string> Objects);
