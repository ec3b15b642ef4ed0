using System.Text.RegularExpressions;

namespace AdminPortal.Hosting;

internal enum LimitUnit
{
    Count,
    Bytes,
    Time,
    BytesASecond,
}

/// <summary>One limit as the page shows it.</summary>
/// <param name="Group">Its section of the settings: <c>Limits:Web</c>.</param>
/// <param name="Name">Its setting within: <c>ConnectionsPerAddress</c>.</param>
/// <param name="Value">An int, a long or a TimeSpan.</param>
internal sealed partial record ShownLimit(string Group, string Name, object Value)
{
    public string Setting => $"{Group}:{Name}";

    public LimitUnit Unit => Value switch
    {
        TimeSpan => LimitUnit.Time,
        _ when Name.EndsWith("Rate", StringComparison.Ordinal) => LimitUnit.BytesASecond,
        _ when IsBytes().IsMatch(Name) => LimitUnit.Bytes,
        _ => LimitUnit.Count,
    };

    /// <summary>All limits of one object of settings, in the order in which they are written down.</summary>
    public static IEnumerable<ShownLimit> Of(string section, object limits) =>
        from property in limits.GetType().GetProperties()
        where property.CanWrite
        let value = property.GetValue(limits)
        where value is int or long or TimeSpan
        select new ShownLimit(section, property.Name, value);

    [GeneratedRegex("(Bytes|Size|SizeBeforeSignIn|Octets)$")]
    private static partial Regex IsBytes();
}

/// <summary>A room with limits of its own: the page of limits shows them beside the house's.</summary>
internal interface ILimitsOfRoom
{
    IEnumerable<ShownLimit> All { get; }
}
