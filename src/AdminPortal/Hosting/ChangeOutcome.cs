namespace AdminPortal.Hosting;

/// <summary>How changing an item (a tenant, a plan, a mailbox) ended.</summary>
internal abstract record ChangeOutcome
{
    private ChangeOutcome() { }

    /// <summary>As it was asked for; nothing was written where it was so already.</summary>
    public sealed record Done : ChangeOutcome;

    public sealed record NotFound : ChangeOutcome;

    /// <summary>Somebody else changed it first.</summary>
    public sealed record Stale : ChangeOutcome;

    public sealed record Invalid(string Field, string Message) : ChangeOutcome;

    /// <summary>The state of things is against it.</summary>
    public sealed record Refused(string Why) : ChangeOutcome;
}

internal static class ChangeAnswers
{
    /// <summary>The problem that tells an outcome other than done. Who was too late is shown how it is now.</summary>
    /// <param name="outcome">Not <see cref="ChangeOutcome.Done"/>.</param>
    /// <param name="current">Reads it again, with its version; null where it is gone.</param>
    public static async Task<IResult> ProblemAsync<T>(this ChangeOutcome outcome, Func<Task<(T Answer, long Version)?>> current) where T : class => outcome switch
    {
        ChangeOutcome.Invalid(var field, var message) => Problems.Validation(field, message),
        ChangeOutcome.Refused(var why) => Problems.Conflict(why),
        ChangeOutcome.Stale when await current() is var (answer, version) => Problems.PreconditionFailed(answer).WithETag(ETags.Of(version)),
        _ => Problems.NotFound(),
    };
}
