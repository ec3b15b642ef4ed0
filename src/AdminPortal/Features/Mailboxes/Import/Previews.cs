using System.Text.Json;
using AdminPortal.Jobs;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>What is kept with an import in JSON.</summary>
internal static class Previews
{
    /// <summary>What the preview found; null when none ran.</summary>
    public static ImportPreview? Of(Data.Import import) => import.Preview?.Deserialize<ImportPreview>(OperationJson.Options);

    /// <summary>How its rows are to be read; null when an older version kept them otherwise.</summary>
    public static KeptImport? KeptOf(Data.Import import) =>
        import.Options.Deserialize<KeptImport>(OperationJson.Options) is { Version: StagedRows.Version } kept ? kept : null;
}
