using System.Text.Json;
using System.Text.Json.Serialization;
using AdminPortal.Data;
using AdminPortal.Features.Connectivity.Probes;

namespace AdminPortal.Features.Connectivity;

/// <summary>A check as it is kept, with the address of its mailbox.</summary>
internal sealed record KeptCheck(ConnectivityCheck Row, string Address)
{
    public Verdict Verdict => CheckWords.Verdict(Row.Verdict);

    public FailureCause? Cause => Row.Cause is { } word ? CheckWords.Cause(word) : null;

    public IReadOnlyList<ProbeStep> Steps => Row.Steps.Deserialize<IReadOnlyList<ProbeStep>>(ProbeStep.Json) ?? [];

    public ConnectivityCheckAnswer Answer() => new(
        Row.Id, Address, Row.Protocol, Row.Endpoint, Row.Credential, Verdict, Cause, Row.DurationMs, Row.At, Row.RequestedBy, Steps);
}

/// <summary>A check, as the API answers it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Mailbox">The mailbox's address.</param>
/// <param name="Protocol">What was tried.</param>
/// <param name="Endpoint">Host, port and security.</param>
/// <param name="Credential"><c>given</c> or <c>service</c>.</param>
/// <param name="Verdict">What it means, compared with the switches.</param>
/// <param name="Cause">What was in the way, or null.</param>
/// <param name="DurationMs">All steps together.</param>
/// <param name="At">When it ended.</param>
/// <param name="RequestedBy">Who asked for it.</param>
/// <param name="Steps">In the order in which they happened.</param>
internal sealed record ConnectivityCheckAnswer(
    Guid Id, string Mailbox, MailProtocol Protocol, string Endpoint, string Credential, Verdict Verdict,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] FailureCause? Cause,
    int DurationMs, DateTimeOffset At, string RequestedBy, IReadOnlyList<ProbeStep> Steps);

/// <summary>The words in which checks are stored, which are the API's: camelCase.</summary>
internal static class CheckWords
{
    public const string GivenCredential = "given";
    public const string ServiceCredential = "service";

    public static string Of<T>(T word) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(word.ToString());

    public static Verdict Verdict(string word) => Enum.Parse<Verdict>(word, ignoreCase: true);

    public static FailureCause Cause(string word) => Enum.Parse<FailureCause>(word, ignoreCase: true);
}
