namespace AdminPortal.Tests.Infrastructure;

/// <summary>This test goes so far that the limit holds it back. Every limit of the portal has one, or EveryLimitTests fails.</summary>
/// <param name="setting">As in a file: <c>Limits:Web:AnswerRate</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ReachesAttribute(string setting) : Attribute
{
    public string Setting => setting;
}
