using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Hosting;

/// <summary>
/// Keeps texts once they were found: the resource manager takes a lock for each, and a list of fifty mailboxes asks for hundreds. Only
/// what was found is kept, so that a key made from stored data cannot fill the memory.
/// </summary>
internal sealed class KeptTexts(ResourceManagerStringLocalizerFactory resources) : IStringLocalizerFactory
{
    private readonly ConcurrentDictionary<Type, IStringLocalizer> localizers = new();

    public IStringLocalizer Create(Type resourceSource) => localizers.GetOrAdd(resourceSource, type => new Kept(resources.Create(type)));

    public IStringLocalizer Create(string baseName, string location) => resources.Create(baseName, location);

    private sealed class Kept(IStringLocalizer texts) : IStringLocalizer
    {
        private readonly ConcurrentDictionary<(string Language, string Name), LocalizedString> found = new();

        public LocalizedString this[string name]
        {
            get
            {
                var key = (CultureInfo.CurrentUICulture.Name, name);
                if (found.TryGetValue(key, out var kept)) return kept;
                var text = texts[name];
                if (!text.ResourceNotFound) found[key] = text;
                return text;
            }
        }

        public LocalizedString this[string name, params object[] arguments]
        {
            get
            {
                var format = this[name];
                return new(name, string.Format(CultureInfo.CurrentCulture, format.Value, arguments), format.ResourceNotFound, format.SearchedLocation);
            }
        }

        public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) => texts.GetAllStrings(includeParentCultures);
    }
}
