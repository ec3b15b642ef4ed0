namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>How much one file may ask of the server.</summary>
internal sealed class ImportLimits
{
    public const string Section = "Import";

    /// <summary>The largest file, in bytes as sent. 256 MiB hold about two million rows of <c>Get-CASMailbox</c>.</summary>
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>The most rows, header and empty lines not counted.</summary>
    public int MaxRows { get; set; } = 2_000_000;

    /// <summary>The longest row, in bytes of UTF-8: what an unclosed quote may swallow before it is noticed.</summary>
    public int MaxRowBytes { get; set; } = 64 * 1024;

    public IEnumerable<string> Errors()
    {
        if (MaxBytes < 1)
            yield return $"{Section}:{nameof(MaxBytes)} must be at least 1.";
        if (MaxRows < 1)
            yield return $"{Section}:{nameof(MaxRows)} must be at least 1.";
        if (MaxRowBytes is < 1024 or > 1024 * 1024)
            yield return $"{Section}:{nameof(MaxRowBytes)} must lie between 1024 and 1048576.";
    }

    /// <summary>Refuses by the announced length (<c>Content-Length</c>), before a byte is read. Null when the file may be sent.</summary>
    public ImportProblem? RefuseLength(long? announced) =>
        announced > MaxBytes ? new ImportProblem(ImportProblemKind.TooLarge, Line: null) { Number = MaxBytes } : null;
}
