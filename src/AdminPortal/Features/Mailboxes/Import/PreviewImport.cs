namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>Compares a staged file with the tenant's mailboxes and tells what would come of it.</summary>
internal static class PreviewImport
{
    public static async Task<ImportPreview> CompareAsync(ImportStage stage, FileSummary file, ImportChoices choices, CancellationToken cancellationToken)
    {
        await stage.CompareAsync(file, choices.Explicit, cancellationToken);
        var counts = await stage.CountAsync(cancellationToken);
        return new ImportPreview
        {
            Shape = file.Shape,
            Used = [.. file.Columns.Values],
            Ignored = file.Ignored,
            Rows = counts.Rows,
            Created = counts.Created,
            Changed = counts.Changed,
            Unchanged = counts.Unchanged,
            Refused = counts.Refused,
            RefusedBy = await stage.CountProblemsAsync(cancellationToken),
            Problems = await stage.ProblemsAsync(file, ImportPreview.MostShown, cancellationToken),
            Changes = await stage.ChangesAsync(ImportPreview.MostShown, cancellationToken),
        };
    }
}
