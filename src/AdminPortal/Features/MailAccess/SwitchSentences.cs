using System.Globalization;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.MailAccess;

/// <summary>What a switch answers: "POP3 is off for anna@contoso.example. 1 session ended. Effective after 38 ms."</summary>
internal sealed class SwitchSentences(
    IStringLocalizer<Text> texts, IStringLocalizer<Shared.Text> shared, AccessReasons reasons, TimeProvider time)
{
    public StatusMessage Tell(SetMailAccessOutcome outcome, SwitchShown shown, string action) => outcome switch
    {
        SetMailAccessOutcome.Changed changed => new(Changed(changed, shown), Undo: new(action, shown.Protocol.Word(), AccessWords.Word(changed.Before[shown.Protocol]))),
        SetMailAccessOutcome.Conflict conflict => new(Conflict(conflict, shown), Failed: true),
        _ => new(State(shown)),
    };

    private string Changed(SetMailAccessOutcome.Changed changed, SwitchShown shown)
    {
        var parts = new List<string> { Now(changed, shown) };
        if (changed.SessionsEnded > 0) parts.Add(texts.Count("SessionsEnded", changed.SessionsEnded));
        // Where somebody else must still carry it out, nothing is effective yet.
        parts.Add(reasons.Pending(changed.Now.With)
            ?? texts["EffectiveAfter", Math.Max(1, (long)changed.EffectiveAfter.TotalMilliseconds).ToString("N0", CultureInfo.CurrentCulture)]);
        return string.Join(' ', parts);
    }

    // An exception stands above the switch: then the setting is stored, and the state may stay.
    private string Now(SetMailAccessOutcome.Changed changed, SwitchShown shown)
    {
        if (shown.Decision.DecidedBy == DecidedBy.Exception)
            return texts["StoredBelowException", reasons.Why(changed.Now.With, shown.Decision)];
        return shown.IsSetHere ? State(shown) : texts["InheritsAgain", shown.Access.Mailbox.Address, reasons.Why(changed.Now.With, shown.Decision)];
    }

    private string State(SwitchShown shown) =>
        texts[shown.Decision.Allowed ? "IsOnFor" : "IsOffFor", shown.Protocol.Name(), shown.Access.Mailbox.Address];

    private string Conflict(SetMailAccessOutcome.Conflict conflict, SwitchShown shown) => conflict.LastChange is { } last
        ? texts["ChangedMeanwhileBy", last.By, RelativeTime.Say(shared, last.At - time.GetUtcNow(), last.At), State(shown)]
        : texts["ChangedMeanwhile", State(shown)];
}
