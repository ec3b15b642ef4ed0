using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>
/// <c>&lt;copy value="@server" label="@T["Server"]" /&gt;</c>: a value to type into a mail program, and a button that copies it. The
/// button appears with the script that serves it (js/copy.js); without it one click selects the value.
/// </summary>
[HtmlTargetElement("copy", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class CopyTagHelper(IStringLocalizerFactory texts, IFileVersionProvider versions) : TagHelper
{
    private readonly IStringLocalizer shared = texts.Create(typeof(Text));

    public string Value { get; set; } = "";

    /// <summary>What the value is, for a screen reader: "Copy: Server".</summary>
    public string Label { get; set; } = "";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "copy");
        output.Content.AppendHtml(ValueMarkup()).AppendHtml(Button());
    }

    private TagBuilder ValueMarkup()
    {
        var value = new TagBuilder("span");
        value.AddCssClass("value");
        value.InnerHtml.Append(Value);
        return value;
    }

    private TagBuilder Button()
    {
        var button = new TagBuilder("button");
        button.AddCssClass("btn-quiet");
        button.Attributes["type"] = "button";
        button.Attributes["hidden"] = "";
        button.Attributes["data-copy"] = Value;
        button.Attributes["data-copied"] = shared["Copied", Label];
        button.Attributes["aria-label"] = shared["Copy", Label];
        button.InnerHtml.AppendHtml(IconTagHelper.Markup(versions, "copy"));
        return button;
    }
}
