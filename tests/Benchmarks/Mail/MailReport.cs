using System.Globalization;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>The table of the README, and whether each goal is reached.</summary>
internal sealed class MailReport
{
    private readonly List<string> rows = [];

    public void Add(string row)
    {
        rows.Add(row);
        Console.WriteLine(row);
    }

    public void Add(string what, int connections, Speed ours, Speed? theirs, double goal) => Add(string.Create(
        CultureInfo.InvariantCulture,
        $"| {what} | {connections} | {ours.Rate:N0}/s | {Shown(theirs)} | {(theirs is { } @base ? $"{ours.Rate / @base.Rate:0.00} of {goal:0.0}" : "")} | {(theirs is { } cost ? $"{cost.CpuPerOperation / ours.CpuPerOperation:0.00}" : "")} |"));

    public override string ToString() => string.Join('\n', ["| what | connections | ours | Dovecot | ratio, goal | cpu ratio |", "| --- | --- | --- | --- | --- | --- |", .. rows]);

    private static string Shown(Speed? speed) => speed is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.Rate:N0}/s") : "";
}
