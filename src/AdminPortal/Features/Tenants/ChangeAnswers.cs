using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

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
