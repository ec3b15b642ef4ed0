using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AdminPortal.Features.Shared;

/// <summary>
/// <c>&lt;empty title="@T["NoChecksYet"]"&gt; a sentence, a button &lt;/empty&gt;</c>: an empty page says what belongs there and offers the
/// first step.
/// </summary>
[HtmlTargetElement("empty")]
public sealed class EmptyTagHelper : TagHelper
{
    public string Title { get; set; } = "";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "div";
        output.Attributes.SetAttribute("class", "empty");
        var title = new TagBuilder("h2");
        title.InnerHtml.Append(Title);
        output.PreContent.AppendHtml(title);
    }
}
