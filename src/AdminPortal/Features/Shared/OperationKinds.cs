using AdminPortal.Data;

namespace AdminPortal.Features.Shared;

/// <summary>What an operation is called, wherever one is shown: "Import of mailboxes", "Change of access, taken back".</summary>
internal static class OperationKinds
{
    /// <summary>The key of its name. What there is no word for yet, from a room that came later, is at least an operation.</summary>
    public static string Key(Operation operation) => $"Operation{Kind(operation)}";

    private static string Kind(Operation operation) =>
        (operation.Kind switch { "accessChange" => "AccessChange", "import" => "Import", _ => "Other" }) + (operation.UndoOf is null ? "" : "Undo");
}
