using AdminPortal.Hosting;

namespace AdminPortal.Features.Mailboxes.Import;

internal static class UploadLength
{
    /// <summary>Refuses by the announced length (<c>Content-Length</c>), before a byte is read. Null when the file may be sent.</summary>
    public static ImportProblem? RefuseLength(this ImportLimits limits, long? announced) =>
        announced > limits.MaxBytes ? new ImportProblem(ImportProblemKind.TooLarge, Line: null) { Number = limits.MaxBytes } : null;
}
