using System.Text.Json;
using AdminPortal.Jobs;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>What is kept with an import in JSON.</summary>
internal static class Previews
{
    /// <summary>What the preview found; null when none ran.</summary>
    public static ImportPreview? Of(Data.Import import) => import.Preview?.Deserialize<ImportPreview>(OperationJson.Options);

    public static ImportChoices ChoicesOf(Data.Import import) => import.Options.Deserialize<ImportChoices>(OperationJson.Options) ?? new ImportChoices();
}
