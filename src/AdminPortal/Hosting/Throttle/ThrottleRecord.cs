using System.Diagnostics.Metrics;
using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>
/// What the operator hears of guessing: one log line each, ready for fail2ban, and counters. The address stands before the name, which is the
/// last on its line and cannot imitate one. A name that is no mail address may be a password in the wrong field: it is not written. (An address
/// holds letters, digits and a few marks alone, so nothing in it needs escaping.)
/// </summary>
internal sealed partial class ThrottleRecord(ILogger<ThrottleRecord> logger, LimitHits hits, IMeterFactory meters)
{
    private readonly Counter<long> wrong = Meter(meters).CreateCounter<long>("signin.guesses", "{guess}", "Wrong passwords, codes and tokens that were answered");
    private readonly Counter<long> heldOff = Meter(meters).CreateCounter<long>("signin.held_off", "{attempt}", "Attempts that were held off");

    public void Wrong(Guess guess)
    {
        wrong.Add(1, Tag(guess));
        LogWrong(Word(guess.Door), guess.From.Address, Shown(guess));
    }

    /// <summary>The same secret as before: on the counters it is no guess, and it is no reason to ban anybody.</summary>
    public void Repeated(Guess guess) => LogRepeated(Word(guess.Door), guess.From.Address, Shown(guess));

    public void HeldOff(Guess guess, TimeSpan wait, string by)
    {
        heldOff.Add(1, Tag(guess), new("by", by));
        hits.Count(GuessLimit.Setting(by));
        LogHeldOff(Word(guess.Door), guess.From.Address, Math.Ceiling(wait.TotalSeconds), by, Shown(guess));
    }

    private static string Shown(Guess guess) => guess.Account switch
    {
        null => "a token",
        var name when MailAddressName.Normalise(name) is not null => name,
        _ => "a name that is no address",
    };

    private static string Word(Door door) => door switch
    {
        Door.Portal => "portal",
        Door.Api => "api",
        Door.Imap => "imap",
        Door.Pop3 => "pop3",
        _ => "smtp",
    };

    private static Meter Meter(IMeterFactory meters) => meters.Create("AdminPortal.SignIn");

    private static KeyValuePair<string, object?> Tag(Guess guess) => new("door", Word(guess.Door));

    [LoggerMessage(LogLevel.Information, "Wrong guess at {Door} from {Address} for {Account}")]
    private partial void LogWrong(string door, string address, string account);

    [LoggerMessage(LogLevel.Debug, "The same wrong secret again at {Door} from {Address} for {Account}")]
    private partial void LogRepeated(string door, string address, string account);

    [LoggerMessage(LogLevel.Information, "Held off at {Door} from {Address} for {Seconds} s by {Limit}: {Account}")]
    private partial void LogHeldOff(string door, string address, double seconds, string limit, string account);
}
