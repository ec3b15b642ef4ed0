using System.Globalization;

namespace AdminPortal.Benchmarks;

/// <summary>A table of ratios, in the form in which the README keeps it.</summary>
internal sealed class Report
{
    private readonly List<string> rows = [];

    public void Add(string what, int mailboxes, string measured, string @base, string ratio, string? cpuRatio = null)
    {
        rows.Add(string.Create(CultureInfo.InvariantCulture, $"| {what} | {mailboxes:N0} | {measured} | {@base} | {ratio} | {cpuRatio ?? ""} |"));
        Console.WriteLine(rows[^1]);
    }

    public void Add(string what, int mailboxes, Speed measured, Speed @base, string baseName) => Add(
        what, mailboxes,
        string.Create(CultureInfo.InvariantCulture, $"{measured.Rate:N0}/s"),
        string.Create(CultureInfo.InvariantCulture, $"{@base.Rate:N0}/s {baseName}"),
        string.Create(CultureInfo.InvariantCulture, $"{measured.Rate / @base.Rate:0.00}"),
        string.Create(CultureInfo.InvariantCulture, $"{@base.CpuPerOperation / measured.CpuPerOperation:0.00}"));

    public override string ToString() => string.Join('\n',
    [
        "| what | mailboxes | portal | base, same run | ratio | cpu ratio |",
        "| --- | --- | --- | --- | --- | --- |",
        .. rows,
    ]);
}
