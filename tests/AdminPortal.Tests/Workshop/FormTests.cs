using System.Text.RegularExpressions;
using Xunit;

namespace AdminPortal.Tests.Workshop;

/// <summary>
/// Every form that posts carries its antiforgery token. Razor adds one by itself only where a form names no address: a form that does must
/// ask for it, or every press of its button is refused.
/// </summary>
public sealed partial class FormTests
{
    [Fact]
    public void A_form_that_names_its_address_asks_for_its_token()
    {
        var without =
            from page in Repository.Sources("src/AdminPortal").Where(path => path.EndsWith(".cshtml", StringComparison.Ordinal))
            from form in FormTag().Matches(Repository.Read(page)).Select(match => match.Value)
            where form.Contains("post", StringComparison.Ordinal) && NamesAddress().IsMatch(form) && !form.Contains("asp-antiforgery=\"true\"", StringComparison.Ordinal)
            select $"{page}: {form}";
        Assert.Equal([], without);
    }

    [GeneratedRegex("<form\\b[^>]*>")]
    private static partial Regex FormTag();

    [GeneratedRegex("\\saction=")]
    private static partial Regex NamesAddress();
}
