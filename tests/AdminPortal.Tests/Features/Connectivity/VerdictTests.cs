using AdminPortal.Data;
using AdminPortal.Features.Connectivity;
using AdminPortal.Features.Connectivity.Probes;
using Xunit;

namespace AdminPortal.Tests.Features.Connectivity;

public sealed class VerdictTests
{
    private static readonly IReadOnlyList<ProbeStep> Tried = [new(StepName.Authenticate, StepOutcome.Failed, 1, null)];
    private static readonly IReadOnlyList<ProbeStep> NotTried = [new(StepName.Authenticate, StepOutcome.Skipped, 0, null)];

    [Fact]
    public void On_and_signed_in_works_as_allowed() => Assert.Equal(Verdict.WorksAsAllowed, Verdicts.Of(true, true, SignedIn()));

    [Fact]
    public void On_and_without_idle_still_works() =>
        Assert.Equal(Verdict.WorksAsAllowed, Verdicts.Of(true, true, SignedIn(FailureCause.IdleMissing)));

    [Fact]
    public void On_and_signed_in_but_not_opened_fails() =>
        Assert.Equal(Verdict.FailsThoughAllowed, Verdicts.Of(true, true, SignedIn(FailureCause.ServerBusy)));

    [Fact]
    public void Off_and_signed_in_is_the_alarm_whatever_comes_after()
    {
        Assert.Equal(Verdict.WorksThoughDenied, Verdicts.Of(false, false, SignedIn()));
        Assert.Equal(Verdict.WorksThoughDenied, Verdicts.Of(false, false, SignedIn(FailureCause.TimedOut)));
    }

    /// <summary>Only one cause proves a denial; every cause is a failure where the protocol is on.</summary>
    [Theory]
    [MemberData(nameof(EveryCause))]
    public void A_refusal_is_judged_by_what_it_proves(string name)
    {
        var refused = new ProbeResult(Tried, SignedIn: false, Enum.Parse<FailureCause>(name));

        Assert.Equal(name == nameof(FailureCause.ProtocolDisabled) ? Verdict.RefusedAsDenied : Verdict.Inconclusive, Verdicts.Of(false, false, refused));
        Assert.Equal(Verdict.FailsThoughAllowed, Verdicts.Of(true, true, refused));
    }

    [Fact]
    public void Without_a_credential_nothing_is_concluded()
    {
        var stopped = new ProbeResult(NotTried, SignedIn: false, null);

        Assert.Equal(Verdict.Inconclusive, Verdicts.Of(true, true, stopped));
        Assert.Equal(Verdict.Inconclusive, Verdicts.Of(false, false, stopped));
    }

    [Fact]
    public void An_endpoint_without_TLS_was_never_asked() =>
        Assert.Equal(Verdict.Inconclusive, Verdicts.Of(true, true, new(NotTried, SignedIn: false, FailureCause.PlaintextRefused)));

    [Fact]
    public void A_switch_that_moved_meanwhile_makes_the_result_nobodys_fault()
    {
        Assert.Equal(Verdict.Inconclusive, Verdicts.Of(true, false, SignedIn()));
        Assert.Equal(Verdict.Inconclusive, Verdicts.Of(false, true, SignedIn()));
    }

    [Theory]
    [InlineData(MailProtocol.Pop3, "-ERR [AUTH] POP3 is switched off: Votre administrateur l’a désactivé.", "ProtocolDisabled")]
    [InlineData(MailProtocol.Imap, "A7 NO [CONTACTADMIN] IMAP4 is switched off", "ProtocolDisabled")]
    [InlineData(MailProtocol.Smtp, "525 5.7.13 SMTP is switched off", "ProtocolDisabled")]
    [InlineData(MailProtocol.Smtp, "535 5.7.13 disabled", "ProtocolDisabled")]
    [InlineData(MailProtocol.Imap, "A7 NO [CONTACTADMIN] blocked by policy", "ProtocolDisabled")]
    [InlineData(MailProtocol.Pop3, "-ERR [AUTH] wrong; by the way POP3 is switched off", "WrongPassword")]
    [InlineData(MailProtocol.Pop3, "-ERR [AUTH] IMAP4 is switched off", "WrongPassword")]
    [InlineData(MailProtocol.Pop3, "-ERR [AUTH] no", "WrongPassword")]
    [InlineData(MailProtocol.Pop3, "-ERR no", "WrongPassword")]
    [InlineData(MailProtocol.Pop3, "-ERR [SYS/TEMP] later", "ServerBusy")]
    [InlineData(MailProtocol.Imap, "A7 NO [PRIVACYREQUIRED] no", "PlaintextRefused")]
    [InlineData(MailProtocol.Imap, "* BYE later", "ServerBusy")]
    [InlineData(MailProtocol.Smtp, "535 5.7.8 no", "WrongPassword")]
    [InlineData(MailProtocol.Smtp, "535-5.7.8 no", "WrongPassword")]
    [InlineData(MailProtocol.Smtp, "535 no", "WrongPassword")]
    [InlineData(MailProtocol.Smtp, "535 5.7.139 SmtpClientAuthentication is disabled for the Mailbox", "DeniedByPolicy")]
    [InlineData(MailProtocol.Smtp, "454 4.7.0 later", "ServerBusy")]
    [InlineData(MailProtocol.Smtp, "504 5.5.4 unknown mechanism", "MechanismMissing")]
    [InlineData(MailProtocol.Smtp, "", "ProtocolError")]
    public void A_refusal_is_read_from_codes_first(MailProtocol protocol, string line, string cause) =>
        Assert.Equal(Enum.Parse<FailureCause>(cause), Refusal.Read(protocol, line));

    public static TheoryData<string> EveryCause() => [.. Enum.GetNames<FailureCause>()];

    private static ProbeResult SignedIn(FailureCause? cause = null) => new([], SignedIn: true, cause);
}
