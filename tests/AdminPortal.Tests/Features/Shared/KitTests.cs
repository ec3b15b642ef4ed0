using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Encodings.Web;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using AdminPortal.Tests.Hosting;
using AngleSharp;
using AngleSharp.Dom;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding.Validation;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.Shared;

/// <summary>What the kit's parts say, in both languages.</summary>
public sealed class KitTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private PagesHost portal = null!;

    private IStringLocalizerFactory Texts => portal.Services.GetRequiredService<IStringLocalizerFactory>();
    private IFileVersionProvider Versions => portal.Services.GetRequiredService<IFileVersionProvider>();

    public async ValueTask InitializeAsync() => portal = await PagesHost.StartAsync();

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Theory]
    [InlineData(-10, "just now", "à l’instant")]
    [InlineData(-60, "1 minute ago", "il y a 1 minute")]
    [InlineData(-59 * 60, "59 minutes ago", "il y a 59 minutes")]
    [InlineData(-59.8 * 60, "1 hour ago", "il y a 1 heure")]
    [InlineData(-23 * 3600, "23 hours ago", "il y a 23 heures")]
    [InlineData(-3 * 86400, "3 days ago", "il y a 3 jours")]
    [InlineData(-40 * 86400, "15 Oct 2026", "15 oct. 2026")]
    [InlineData(7200, "in 2 hours", "dans 2 heures")]
    [InlineData(86400, "in 1 day", "dans 1 jour")]
    public void A_time_is_said_as_one_would_say_it(double seconds, string english, string french)
    {
        Assert.Equal(english, In("en", () => Time(Noon.AddSeconds(seconds))).TextContent);
        Assert.Equal(french, In("fr", () => Time(Noon.AddSeconds(seconds))).TextContent);
    }

    [Fact]
    public void A_time_carries_its_exact_moment_whatever_zone_it_came_in()
    {
        var time = In("en", () => Time(new(2026, 11, 24, 11, 0, 0, TimeSpan.FromHours(2))));
        Assert.Equal("2026-11-24T09:00:00Z", time.GetAttribute("datetime"));
        Assert.Equal("24 Nov 2026, 09:00:00 UTC", time.GetAttribute("title"));
        Assert.Equal("never", In("en", () => Time(null)).TextContent);
    }

    [Theory]
    [InlineData("en", 0, "0 minutes ago")]
    [InlineData("en", 1, "1 minute ago")]
    [InlineData("en", 1200, "1,200 minutes ago")]
    [InlineData("fr", 0, "il y a 0 minute")]
    [InlineData("fr", 1, "il y a 1 minute")]
    [InlineData("fr", 1200, "il y a 1\u202F200 minutes")]
    public void Numbers_count_as_the_language_counts(string language, long number, string expected) =>
        Assert.Equal(expected, In(language, () => Texts.Create(typeof(Text)).Count("MinutesAgo", number).Value));

    [Fact]
    public void A_switch_posts_the_other_state_and_is_named_by_protocol_mailbox_and_origin()
    {
        var inherited = Switch(on: true, setHere: false).QuerySelector("[role=switch]")!;
        Assert.Equal("true", inherited.GetAttribute("aria-checked"));
        Assert.Equal("POP3 for a@contoso.example, inherited", inherited.GetAttribute("aria-label"));
        Assert.Equal(("switches", "/here", "pop3", "disabled"), Posted(inherited));

        var own = Switch(on: false, setHere: true);
        Assert.Equal("POP3 for a@contoso.example, set here", own.QuerySelector("[role=switch]")!.GetAttribute("aria-label"));
        Assert.Equal(("switches", "/here", "pop3", "enabled"), Posted(own.QuerySelector("[role=switch]")!));
    }

    [Fact]
    public void Only_a_switch_that_is_set_here_offers_the_way_back()
    {
        Assert.Null(Switch(on: true, setHere: false).QuerySelector("[popover]"));

        var own = Switch(on: true, setHere: true);
        Assert.Equal(own.QuerySelector("[popovertarget]")!.GetAttribute("popovertarget"), own.QuerySelector("[popover]")!.Id);
        Assert.Equal(("switches", "/here", "pop3", "inherit"), Posted(own.QuerySelector("[popover] button")!));
    }

    [Fact]
    public void Who_may_not_change_a_switch_reads_its_state()
    {
        var seen = Switch(on: false, setHere: true, seenOnly: true);
        Assert.Empty(seen.QuerySelectorAll("button"));
        Assert.Equal("Off set here", seen.TextContent.Replace("Off", "Off ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_changed_filter_keeps_the_others_and_starts_the_list_anew()
    {
        var request = new DefaultHttpContext { Request = { Path = "/t/contoso/mailboxes", QueryString = new("?search=a%26b&pop3=off&cursor=xyz&empty=") } }.Request;
        Assert.Equal("/t/contoso/mailboxes?search=a%26b&pop3=on", PageQuery.With(request, "pop3", "on"));
        Assert.Equal("/t/contoso/mailboxes?search=a%26b", PageQuery.With(request, "pop3", null));
        Assert.Equal("/t/contoso/mailboxes?search=a%26b&pop3=off&cursor=next", PageQuery.With(request, "cursor", "next"));
    }

    [Theory]
    [InlineData("en", "Fill in: Sign out.", "Name: write an address such as name@example.org.", "Words: 2 to 5 characters.")]
    [InlineData("fr", "Renseignez ce champ\u00A0: Se déconnecter.", "Name\u00A0: saisissez une adresse telle que nom@example.org.", "Words\u00A0: de 2 à 5 caractères.")]
    public void The_usual_messages_of_a_form_come_in_the_readers_language(string language, params string[] expected) =>
        Assert.Equal(expected, In(language, () => Validate(new Form { Name = "no address", Words = "x" })));

    private sealed class Form
    {
        [Required, Display(Name = "SignOut")]
        public string? Missing { get; set; }

        [EmailAddress]
        public string? Name { get; set; }

        [StringLength(5, MinimumLength = 2)]
        public string? Words { get; set; }
    }

    private List<string> Validate(Form form)
    {
        var context = new ActionContext(new DefaultHttpContext { RequestServices = portal.Services }, new RouteData(), new ActionDescriptor());
        portal.Services.GetRequiredService<IObjectModelValidator>().Validate(context, null, "", form);
        return [.. context.ModelState.OrderBy(field => field.Key).SelectMany(field => field.Value!.Errors).Select(error => error.ErrorMessage)];
    }

    private IElement Switch(bool on, bool setHere, bool seenOnly = false) => In("en", () => Drawn(new SwitchTagHelper(Texts, Versions)
    {
        Name = "pop3", Protocol = "POP3", Subject = "a@contoso.example", Action = "/here", On = on, SetHere = setHere, Fixed = seenOnly,
    }));

    private IElement Time(DateTimeOffset? when) => Drawn(new TimeTagHelper(Texts, new FakeTimeProvider(Noon)) { When = when }, "time");

    private static (string?, string?, string?, string?) Posted(IElement button) =>
        (button.GetAttribute("form"), button.GetAttribute("formaction"), button.GetAttribute("name"), button.GetAttribute("value"));

    private static IElement Drawn(TagHelper helper, string tag = "span")
    {
        var output = new TagHelperOutput(tag, [], (_, _) => Task.FromResult<TagHelperContent>(new DefaultTagHelperContent()));
        helper.Process(new TagHelperContext([], new Dictionary<object, object>(), "test"), output);
        using var html = new StringWriter();
        output.WriteTo(html, HtmlEncoder.Default);
        return BrowsingContext.New().OpenAsync(page => page.Content(html.ToString())).GetAwaiter().GetResult().Body!.FirstElementChild!;
    }

    private static T In<T>(string language, Func<T> act)
    {
        var (before, beforeUi) = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        var spoken = Language.Find(language)!;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(spoken.Format);
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(spoken.Code);
        try
        {
            return act();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (before, beforeUi);
        }
    }
}
