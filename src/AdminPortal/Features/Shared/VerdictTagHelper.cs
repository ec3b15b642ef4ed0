using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Mvc.TagHelpers;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

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
