using AdminPortal.Hosting;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AdminPortal.Features.Shared;

/// <summary>
/// <c>&lt;icon name="check" /&gt;</c>: one drawing of wwwroot/img/icons.svg, in the colour and size of the text around it. It says nothing
/// to a screen reader: the word beside it, or the control's label, does.
/// </summary>
[HtmlTargetElement("icon", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class IconTagHelper(IFileVersionProvider versions) : TagHelper
{
    public string Name { get; set; } = "";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        output.Content.SetHtmlContent(Markup(versions, Name));
    }

    internal static IHtmlContent Markup(IFileVersionProvider versions, string name)
    {
        var use = new TagBuilder("use");
        use.Attributes["href"] = $"{StaticFiles.ShortAddress(versions, "/img/icons.svg")}#{name}";
        var svg = new TagBuilder("svg");
        svg.AddCssClass("icon");
        svg.Attributes["aria-hidden"] = "true";
        svg.InnerHtml.AppendHtml(use);
        return svg;
    }
}
