using System.Globalization;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>
/// <c>&lt;time when="@mailbox.LastSignIn" /&gt;</c>: "5 minutes ago", with the exact time on hover and in print. Without a time it says
/// "never", or what the tag is given as <c>never="…"</c>. The server writes the exact time in UTC; js/times.js turns it into the reader's own zone.
/// </summary>
[HtmlTargetElement("time", Attributes = "when", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class TimeTagHelper(IStringLocalizerFactory texts, TimeProvider clock) : TagHelper
{
    private readonly IStringLocalizer shared = texts.Create(typeof(Text));

    public DateTimeOffset? When { get; set; }

    public string? Never { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagMode = TagMode.StartTagAndEndTag;
        if (When is not { } when)
        {
            output.TagName = "span";
            output.Attributes.SetAttribute("class", "text-secondary");
            output.Content.SetContent(string.IsNullOrEmpty(Never) ? shared["Never"].Value : Never);
            return;
        }
        output.Attributes.SetAttribute("datetime", when.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        output.Attributes.SetAttribute("title", Exact(when));
        output.Content.SetContent(RelativeTime.Say(shared, when - clock.GetUtcNow(), when));
    }

    private static string Exact(DateTimeOffset when) => when.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.CurrentCulture);
}
