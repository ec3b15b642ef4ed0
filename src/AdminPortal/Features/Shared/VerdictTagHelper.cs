using System.Text.Encodings.Web;
using AdminPortal.Data;
using Microsoft.AspNetCore.Mvc.TagHelpers;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>How something stands. Only verdicts are green, amber or red, and never by colour alone.</summary>
public enum Standing
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>Needs somebody.</summary>
    Bad,

    /// <summary>Not known, or not yet.</summary>
    Open,
}

/// <summary><c>&lt;verdict is="Good"&gt;@T["WorksAsAllowed"]&lt;/verdict&gt;</c>: an icon and the words between the tags.</summary>
[HtmlTargetElement("verdict")]
public sealed class VerdictTagHelper(IFileVersionProvider versions) : TagHelper
{
    [HtmlAttributeName("is")]
    public Standing Is { get; set; } = Standing.Open;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var (kind, icon) = Is switch
        {
            Standing.Good => ("good", "check"),
            Standing.Warning => ("warning", "alert"),
            Standing.Bad => ("bad", "stop"),
            _ => ("open", "dash"),
        };
        output.TagName = "span";
        output.AddClass("verdict", HtmlEncoder.Default);
        output.AddClass($"verdict-{kind}", HtmlEncoder.Default);
        output.PreContent.AppendHtml(IconTagHelper.Markup(versions, icon));
    }
}

/// <summary>
/// <c>&lt;check-verdict protocol="@check.Protocol" verdict="@check.Verdict" /&gt;</c>: what a kept connectivity check means, in the two or three
/// words that a list has room for. The connectivity page says it at length. With <c>allowed</c>, what holds now, a verdict that a switch has
/// overtaken says so instead of standing there as if it were current.
/// </summary>
[HtmlTargetElement("check-verdict", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class CheckVerdictTagHelper(IStringLocalizerFactory texts, IFileVersionProvider versions) : TagHelper
{
    private readonly IStringLocalizer shared = texts.Create(typeof(Text));

    public MailProtocol Protocol { get; set; }

    /// <summary>As it is stored: <c>worksAsAllowed</c>, <c>failsThoughAllowed</c>, <c>refusedAsDenied</c>, <c>worksThoughDenied</c>.</summary>
    public string Verdict { get; set; } = "";

    /// <summary>Whether the protocol may be used now; null where only the past is told.</summary>
    public bool? Allowed { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var (standing, key) = Verdict switch
        {
            _ when KeptVerdict.IsOvertaken(Verdict, Allowed) => (Standing.Open, "CheckOvertaken"),
            "worksAsAllowed" => (Standing.Good, "CheckWorks"),
            "refusedAsDenied" => (Standing.Good, "CheckRefused"),
            "failsThoughAllowed" => (Standing.Bad, "CheckFails"),
            "worksThoughDenied" => (Standing.Bad, "CheckLetIn"),
            _ => (Standing.Warning, "CheckUnclear"),
        };
        output.TagMode = TagMode.StartTagAndEndTag;
        output.AddClass("verdict-brief", HtmlEncoder.Default);
        output.Content.SetContent(shared[key, Protocol.Name()]);
        new VerdictTagHelper(versions) { Is = standing }.Process(context, output);
    }
}
