using System.Text.Encodings.Web;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AdminPortal.Features.Shared;

/// <summary>
/// <c>&lt;input exact-value="@Model.Reason" /&gt;</c>: a value that people or the browser send back, which may hold any character. What acts
/// is not made a code there, so that it comes back as it was given.
/// </summary>
[HtmlTargetElement("input", Attributes = "exact-value", TagStructure = TagStructure.WithoutEndTag)]
public sealed class ExactValueTagHelper : TagHelper
{
    public string ExactValue { get; set; } = "";

    public override void Process(TagHelperContext context, TagHelperOutput output) =>
        output.Attributes.SetAttribute("value", new Exactly(new HtmlContentBuilder().Append(ExactValue)));
}

/// <summary>Content whose characters are all kept; markup is text there as everywhere.</summary>
internal sealed class Exactly(IHtmlContent content) : IHtmlContent
{
    public void WriteTo(TextWriter writer, HtmlEncoder encoder) => content.WriteTo(writer, encoder is InertHtmlEncoder inert ? inert.Exact : encoder);
}
