using System.Diagnostics;

namespace AdminPortal.MailServer;

/// <summary>
/// A password or token on its way to the backend. Printing, logging or serialising it shows three stars;
/// whoever compares it must ask for <see cref="Reveal"/> by name, so that a reviewer can find every such place.
/// </summary>
[DebuggerDisplay("***")]
public sealed class Secret(string value)
{
    private readonly string _value = value;

    public string Reveal() => _value;

    public override string ToString() => "***";
}
