using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.TagHelpers;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Primitives;

namespace AdminPortal.Features.Shared;

/// <summary>This page's address with one part of its query changed: all state is in the URL, so links are made from it.</summary>
internal static class PageQuery
{
    /// <summary>Sets or, with null, removes one value; whatever else changes, the place in the list starts anew.</summary>
    public static string With(HttpRequest request, string name, string? value)
    {
        var kept = request.Query.Where(pair => pair.Key != name && pair.Key != "cursor" && !StringValues.IsNullOrEmpty(pair.Value));
        var query = new QueryBuilder(kept);
        if (value is not null)
            query.Add(name, value);
        return $"{request.PathBase}{request.Path}{query}";
    }
}

/// <summary>
/// <c>&lt;a tab href="…"&gt;</c>: a tab that is a link. Give tabs that live in the query a value instead: <c>&lt;a tab="history"&gt;</c> leads to
/// <c>?tab=history</c>, <c>&lt;a tab=""&gt;</c> to the first. Put them in <c>&lt;nav class="tabs" aria-label="…"&gt;</c>.
/// </summary>
[HtmlTargetElement("a", Attributes = "tab")]
public sealed class TabTagHelper : TagHelper
{
    public string? Tab { get; set; }

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var request = ViewContext.HttpContext.Request;
        var href = output.Attributes["href"]?.Value?.ToString();
        if (href is null)
            output.Attributes.SetAttribute("href", PageQuery.With(request, "tab", string.IsNullOrEmpty(Tab) ? null : Tab));
        var here = href is null ? request.Query["tab"].ToString() == (Tab ?? "") : request.Path.Equals(new PathString(href.Split('?')[0]));
        if (here)
            output.Attributes.SetAttribute("aria-current", "page");
    }
}

/// <summary>
/// <c>&lt;chip name="pop3" value="off"&gt;@T["Pop3Off"]&lt;/chip&gt;</c>: a filter that is a link. Chosen, it leads to the page without it. Put
/// chips in <c>&lt;div class="chips" role="group" aria-label="…"&gt;</c>.
/// </summary>
[HtmlTargetElement("chip")]
public sealed class ChipTagHelper(IStringLocalizerFactory texts, IFileVersionProvider versions) : TagHelper
{
    public string Name { get; set; } = "";

    public string Value { get; set; } = "";

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var request = ViewContext.HttpContext.Request;
        var chosen = request.Query[Name] == Value;
        output.TagName = "a";
        output.AddClass("chip", HtmlEncoder.Default);
        output.Attributes.SetAttribute("href", PageQuery.With(request, Name, chosen ? null : Value));
        if (!chosen)
            return;
        output.Attributes.SetAttribute("aria-current", "true");
        output.Attributes.SetAttribute("title", texts.Create(typeof(Text))["RemoveFilter"].Value);
        output.PostContent.AppendHtml(IconTagHelper.Markup(versions, "cross"));
    }
}

/// <summary>
/// <c>&lt;choice name="pop3" value="off"&gt;@T["Off"]&lt;/choice&gt;</c>: one line of a menu that sets a value of the address; chosen, it takes it
/// away again. The menu is a popover: <c>&lt;button class="chip" popovertarget="x"&gt;POP3&lt;icon name="down" /&gt;&lt;/button&gt;</c> and
/// <c>&lt;div id="x" class="menu" popover&gt;</c>.
/// </summary>
[HtmlTargetElement("choice")]
public sealed class ChoiceTagHelper(IFileVersionProvider versions) : TagHelper
{
    public string Name { get; set; } = "";

    public string Value { get; set; } = "";

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var request = ViewContext.HttpContext.Request;
        var chosen = request.Query[Name] == Value;
        output.TagName = "a";
        output.AddClass("menu-item", HtmlEncoder.Default);
        output.Attributes.SetAttribute("href", PageQuery.With(request, Name, chosen ? null : Value));
        if (!chosen)
            return;
        output.Attributes.SetAttribute("aria-current", "true");
        output.PostContent.AppendHtml(IconTagHelper.Markup(versions, "tick"));
    }
}

/// <summary>
/// <c>&lt;order-link column="address" ordered="@Model.Order.Word"&gt;@T["Address"]&lt;/order-link&gt;</c> in the head of a column: orders by it, and
/// the other way round when the list is ordered by it already (query <c>sort</c>; a minus before the word is descending).
/// </summary>
[HtmlTargetElement("order-link")]
public sealed class OrderLinkTagHelper(IFileVersionProvider versions) : TagHelper
{
    public string Column { get; set; } = "";

    /// <summary>As the list is ordered now.</summary>
    public string Ordered { get; set; } = "";

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "a";
        output.AddClass("order", HtmlEncoder.Default);
        output.Attributes.SetAttribute("href", PageQuery.With(ViewContext.HttpContext.Request, "sort", Ordered == Column ? $"-{Column}" : Column));
        if (Ordered.TrimStart('-') != Column)
            return;
        output.Attributes.SetAttribute("aria-current", "true");
        output.PostContent.AppendHtml(IconTagHelper.Markup(versions, Ordered == Column ? "up" : "down"));
    }
}

/// <summary>
/// <c>&lt;pager next="@Model.Next" /&gt;</c>: on to the next rows of a list read by cursor, and back to its beginning. A cursor knows no page
/// numbers and no total, so none are shown.
/// </summary>
[HtmlTargetElement("pager", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class PagerTagHelper(IStringLocalizerFactory texts) : TagHelper
{
    private readonly IStringLocalizer shared = texts.Create(typeof(Text));

    /// <summary>The cursor that the list answered; null on the last page.</summary>
    public string? Next { get; set; }

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var request = ViewContext.HttpContext.Request;
        var isFirst = StringValues.IsNullOrEmpty(request.Query["cursor"]);
        // Razor hands a null to a string as an empty one.
        var isLast = string.IsNullOrEmpty(Next);
        if (isFirst && isLast)
        {
            output.SuppressOutput();
            return;
        }
        output.TagName = "nav";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "pager");
        output.Attributes.SetAttribute("aria-label", shared["Pages"].Value);
        if (!isFirst)
            output.Content.AppendHtml(Link(PageQuery.With(request, "cursor", null), shared["FirstPage"], "first"));
        if (!isLast)
            output.Content.AppendHtml(Link(PageQuery.With(request, "cursor", Next), shared["NextPage"], "next"));
    }

    private static TagBuilder Link(string href, string text, string relation)
    {
        var link = new TagBuilder("a");
        link.AddCssClass("btn btn-plain");
        link.Attributes["href"] = href;
        link.Attributes["rel"] = relation;
        link.InnerHtml.Append(text);
        return link;
    }
}
