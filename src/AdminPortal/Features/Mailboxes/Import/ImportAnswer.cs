using AdminPortal.Data;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>An uploaded file and what would come of it, as the API shows it.</summary>
/// <param name="Id">The import: its file is kept until it is applied, or for a day.</param>
/// <param name="FileName">What the uploader calls it.</param>
/// <param name="Shape">Where it seems to come from.</param>
/// <param name="Rows">How many mailboxes it names; empty lines are not counted.</param>
/// <param name="Created">How many mailboxes it would create.</param>
/// <param name="Changed">How many it would change.</param>
/// <param name="Unchanged">How many are as it wants them already.</param>
/// <param name="Refused">How many lines cannot be used; they block applying unless skipRefused=true.</param>
/// <param name="Duplicates">Of the refused: lines that name a mailbox which another line names too.</param>
/// <param name="Ambiguous">Of the refused: lines that mean several mailboxes.</param>
/// <param name="Unknown">Of the refused: lines that mean no mailbox of this tenant.</param>
/// <param name="IgnoredColumns">Columns that change nothing here.</param>
/// <param name="RefusedRows">The first 500 refused lines.</param>
/// <param name="Changes">The first 500 mailboxes that would be created or changed.</param>
/// <param name="Operation">The operation that applies it; null while nobody asked.</param>
internal sealed record ImportAnswer(
    Guid Id, string FileName, ImportShape Shape, int Rows, int Created, int Changed, int Unchanged, int Refused, int Duplicates, int Ambiguous,
    int Unknown, IReadOnlyList<IgnoredColumnAnswer> IgnoredColumns, IReadOnlyList<RefusedRowAnswer> RefusedRows, IReadOnlyList<PlannedChangeAnswer> Changes,
    Guid? Operation)
{
    public static ImportAnswer Of(Guid id, string fileName, ImportPreview preview, Guid? operation, IStringLocalizer<Text> texts) => new(
        id, fileName, preview.Shape, preview.Rows, preview.Created, preview.Changed, preview.Unchanged, preview.Refused,
        preview.CountOf(ImportProblemKind.NamedTwice), preview.CountOf(ImportProblemKind.AmbiguousIdentity),
        preview.CountOf(ImportProblemKind.UnknownMailbox) + preview.CountOf(ImportProblemKind.ForeignDomain),
        [.. preview.Ignored.Select(column => new IgnoredColumnAnswer(column.Name, column.Because, texts.Describe(column.Because)))],
        [.. preview.Problems.Select(problem => RefusedRowAnswer.Of(problem, texts))],
        [.. preview.Changes.Select(PlannedChangeAnswer.Of)],
        operation);
}

/// <param name="Name">The column, as the file names it.</param>
/// <param name="Why">The reason, as a word.</param>
/// <param name="Message">The reason, as a sentence in the caller's language.</param>
internal sealed record IgnoredColumnAnswer(string Name, IgnoredBecause Why, string Message);

/// <param name="Line">The line of the file, the first being 1.</param>
/// <param name="Character">The character in that line, where one is at fault.</param>
/// <param name="Column">The column, where one is at fault.</param>
/// <param name="Value">What stands there, cut to 80 characters.</param>
/// <param name="Why">The reason, as a word.</param>
/// <param name="Message">The reason, as a sentence in the caller's language.</param>
/// <param name="Cure">What to do about it.</param>
internal sealed record RefusedRowAnswer(int? Line, int? Character, string? Column, string? Value, ImportProblemKind Why, string Message, string Cure)
{
    public static RefusedRowAnswer Of(ImportProblem problem, IStringLocalizer<Text> texts) => new(
        problem.Line, problem.Position, problem.Column, problem.Value, problem.Kind, texts.Describe(problem), texts.Cure(problem));
}

/// <param name="Line">The line of the file.</param>
/// <param name="Address">The mailbox.</param>
/// <param name="Created">Whether it would be created.</param>
/// <param name="Before">Its own settings now.</param>
/// <param name="After">Its own settings then.</param>
internal sealed record PlannedChangeAnswer(int Line, string Address, bool Created, SettingsAnswer Before, SettingsAnswer After)
{
    public static PlannedChangeAnswer Of(PlannedChange change) =>
        new(change.Line, change.Address, change.IsNew, SettingsAnswer.Of(change.Before), SettingsAnswer.Of(change.After));
}

/// <summary>A mailbox's own settings.</summary>
internal sealed record SettingsAnswer(AccessSetting Pop3, AccessSetting Imap, AccessSetting Smtp)
{
    public static SettingsAnswer Of(AccessSettings settings) => new(settings.Pop3, settings.Imap, settings.Smtp);
}
