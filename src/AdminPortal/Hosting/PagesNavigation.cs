using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Hosting;

/// <summary>The sections of the rail, in its order; <see cref="Settings"/> stands apart at the end.</summary>
internal enum NavigationSection { Overview, Mailboxes, Access, Connectivity, SignIns, Audit, Settings }

/// <summary>
/// One page that the rail may lead to. A room registers its own, so a page that is not built is not shown; the policy is the very one
/// of the page's route, so a page that may not be opened is not shown either.
/// </summary>
/// <param name="Section">Where in the rail; a section of several entries opens on the first, and lists all of them while it is open.</param>
/// <param name="Path">Below <c>/t/{tenant}</c>: <c>""</c>, <c>"mailboxes"</c>, <c>"settings/domains"</c>.</param>
/// <param name="Policy">Who may see it; null for everybody who is signed in.</param>
/// <param name="Texts">The room's marker class, in whose resources <paramref name="TextKey"/> is found.</param>
/// <param name="TextKey">The entry's own name; needed only where a section has several.</param>
internal sealed record NavigationEntry(
    NavigationSection Section, string Path, string? Policy = null, Type? Texts = null, string? TextKey = null);

/// <summary>A section as this person sees it on this page.</summary>
internal sealed record RailSection(NavigationSection Section, string Href, bool IsOpen, IReadOnlyList<RailEntry> Entries);

/// <summary>One entry of a section as this person sees it.</summary>
internal sealed record RailEntry(string? Name, string Href, bool IsHere);

/// <summary>Turns what the rooms registered into the rail of one page.</summary>
internal sealed class Navigation(IEnumerable<NavigationEntry> entries, IAuthorizationService authorization, IStringLocalizerFactory texts)
{
    public async Task<IReadOnlyList<RailSection>> RailAsync(HttpContext context, string tenant)
    {
        var rail = new List<RailSection>();
        foreach (var section in entries.GroupBy(entry => entry.Section).OrderBy(section => section.Key))
            if (await VisibleAsync(context, tenant, section) is [var first, ..] visible)
                rail.Add(new(section.Key, first.Href, visible.Any(entry => entry.IsHere), visible));
        return OnlyLongestHere(rail);
    }

    /// <summary>May this person open that page of the tenant; false also when no room has built it.</summary>
    public async Task<bool> LeadsToAsync(HttpContext context, string path) =>
        entries.FirstOrDefault(entry => entry.Path == path) is { } entry && await MayOpenAsync(context, entry);

    private async Task<IReadOnlyList<RailEntry>> VisibleAsync(HttpContext context, string tenant, IEnumerable<NavigationEntry> section)
    {
        var visible = new List<RailEntry>();
        foreach (var entry in section)
            if (await MayOpenAsync(context, entry))
                visible.Add(new(NameOf(entry), HrefOf(tenant, entry), IsHere(context, tenant, entry)));
        return visible;
    }

    private async Task<bool> MayOpenAsync(HttpContext context, NavigationEntry entry) =>
        entry.Policy is null || (await authorization.AuthorizeAsync(context.User, context, entry.Policy)).Succeeded;

    private string? NameOf(NavigationEntry entry) => entry is { Texts: { } room, TextKey: { } key } ? texts.Create(room)[key].Value : null;

    private static string HrefOf(string tenant, NavigationEntry entry) =>
        entry.Path.Length == 0 ? $"/t/{Uri.EscapeDataString(tenant)}" : $"/t/{Uri.EscapeDataString(tenant)}/{entry.Path}";

    // The overview is at the root of everything, so it is open only when it is exactly the page.
    private static bool IsHere(HttpContext context, string tenant, NavigationEntry entry)
    {
        var href = new PathString(HrefOf(tenant, entry));
        return context.Request.Path.Equals(href) || (entry.Path.Length > 0 && context.Request.Path.StartsWithSegments(href));
    }

    // "settings" and "settings/domains" both match below the latter: only the nearer one is here.
    private static IReadOnlyList<RailSection> OnlyLongestHere(List<RailSection> rail)
    {
        var nearest = rail.SelectMany(section => section.Entries).Where(entry => entry.IsHere).MaxBy(entry => entry.Href.Length);
        return [.. rail.Select(section => section with
        {
            IsOpen = section.Entries.Contains(nearest),
            Entries = [.. section.Entries.Select(entry => entry with { IsHere = entry == nearest })],
        })];
    }
}

/// <summary>How a room puts its pages into the rail.</summary>
internal static class NavigationRegistration
{
    /// <summary>A section's only page, which needs no name: <c>AddNavigation(NavigationSection.Audit, "audit", Policies.ReadAudit)</c>.</summary>
    public static IServiceCollection AddNavigation(
        this IServiceCollection services, NavigationSection section, string path, string? policy = null) =>
        services.AddSingleton(new NavigationEntry(section, path, policy));

    /// <summary>
    /// One of a section's pages, named in the room's resources:
    /// <c>AddNavigation&lt;Text&gt;(NavigationSection.Settings, "settings/domains", "Domains", policy)</c>.
    /// </summary>
    public static IServiceCollection AddNavigation<TText>(
        this IServiceCollection services, NavigationSection section, string path, string textKey, string? policy = null) =>
        services.AddSingleton(new NavigationEntry(section, path, policy, typeof(TText), textKey));
}
