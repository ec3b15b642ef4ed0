using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>Says a problem, and its cure, in the reader's language.</summary>
internal static class ImportProblemText
{
    public static string Describe(this IStringLocalizer<Text> text, ImportProblem problem) =>
        text[$"Problem{problem.Kind}", problem.Line ?? 0, problem.Position ?? 0, problem.Column ?? "", problem.Value ?? "", NumberOf(problem)];

    public static string Cure(this IStringLocalizer<Text> text, ImportProblem problem) => text[$"Cure{problem.Kind}"];

    public static string Describe(this IStringLocalizer<Text> text, IgnoredBecause because) => text[$"Ignored{because}"];

    private static string NumberOf(ImportProblem problem)
    {
        var shown = problem.Kind switch
        {
            ImportProblemKind.TooLarge => problem.Number / (1024 * 1024),
            ImportProblemKind.RowTooLong => problem.Number / 1024,
            _ => problem.Number,
        };
        return $"{shown ?? 0:N0}";
    }
}
