namespace AdminPortal.Hosting;

/// <summary>Everything that this installation puts up with, in one place; section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    public GuessLimits Guesses { get; set; } = new();

    public MailLimits Mail { get; set; } = new();

    public IEnumerable<string> Errors() => [.. Guesses.Errors($"{Section}:{nameof(Guesses)}"), .. Mail.Errors($"{Section}:{nameof(Mail)}")];
}
