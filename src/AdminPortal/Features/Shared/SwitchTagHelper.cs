using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.TagHelpers;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>
/// One access switch: shows the effective state, marks whether it is set here or inherited, and posts the wanted one. It is a submit
/// button of the page's one switch form, which the layout holds, so that a list of 150 switches carries one token. It posts
/// <c>pop3=disabled</c>, <c>enabled</c> or <c>inherit</c> to its action; with scripts the answer replaces the nearest
/// <c>data-swap</c> element (row or card), without them the page is loaded again.
/// </summary>
[HtmlTargetElement("access-switch", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class SwitchTagHelper(IStringLocalizerFactory texts, IFileVersionProvider versions) : TagHelper
{
    private readonly IStringLocalizer shared = texts.Create(typeof(Text));

    /// <summary>The form's field: <c>pop3</c>, <c>imap</c>, <c>smtp</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>As people know it: POP3, IMAP4, SMTP.</summary>
    public string Protocol { get; set; } = "";

    /// <summary>Whose switch it is, for its name: the address, or the plan's name.</summary>
    public string Subject { get; set; } = "";

    /// <summary>Where it posts.</summary>
    public string Action { get; set; } = "";

    /// <summary>The effective state.</summary>
    public bool On { get; set; }

    /// <summary>Set on this very thing, rather than inherited.</summary>
    public bool SetHere { get; set; }

    /// <summary>Who decided, when it is not set here: "inherited from plan Basic", "by an exception until 3 March"; null says "inherited".</summary>
    public string? DecidedBy { get; set; }

    /// <summary>Writes the state as a word at the switch's side, as on a card; a dense list leaves it out.</summary>
    public bool Word { get; set; }

    /// <summary>For those who may see and not change: the state as a word.</summary>
    public bool Fixed { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.AddClass("access", HtmlEncoder.Default);
        output.Content.AppendHtml(new SwitchMarkup(shared, versions)
        {
            Name = Name, Protocol = Protocol, Subject = Subject, Action = Action, On = On, SetHere = SetHere, DecidedBy = DecidedBy, Word = Word, Fixed = Fixed,
        });
    }
}

/// <summary>
/// <c>&lt;switch-form /&gt;</c>: the one form that all switches of a page belong to; both layouts hold it. It says where to return without
/// scripts, and its token is the one that js/portal.js sends with every request.
/// </summary>
[HtmlTargetElement("switch-form", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class SwitchFormTagHelper(IHtmlGenerator generator) : TagHelper
{
    internal const string Id = "switches";

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var request = ViewContext.HttpContext.Request;
        var here = $"{request.PathBase}{request.Path}{request.QueryString}";
        output.TagName = "form";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("id", Id);
        output.Attributes.SetAttribute("method", "post");
        output.Attributes.SetAttribute("hx-post", here);
        output.Attributes.SetAttribute("hx-swap", "outerHTML");
        output.Content.AppendHtml(generator.GenerateAntiforgery(ViewContext));
        output.Content.AppendHtml(
            generator.GenerateHidden(ViewContext, null, "returnUrl", here, useViewData: false, htmlAttributes: new { id = "" }));
    }
}
