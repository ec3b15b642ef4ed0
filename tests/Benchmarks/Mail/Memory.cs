using System.Globalization;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>Memory as the system counts it.</summary>
internal static class Memory
{
    /// <summary>Octets of a program and those it started; what they share is shared out among them (proc(5): Pss).</summary>
    public static long Of(int program) => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0)
        .Sum(id => Read(id, program));

    private static long Read(int id, int program)
    {
        try
        {
            if (id != program && !File.ReadLines($"/proc/{id}/status").Contains($"PPid:\t{program}")) return 0;
            var line = File.ReadLines($"/proc/{id}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It has just ended.
            return 0;
        }
    }
}
