using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

/// <summary>Changes of one layer's switches: a member that is absent stays, null or <c>inherit</c> takes it back to the layer above.</summary>
internal sealed record LayerPatch(AccessSetting? Pop3 = null, AccessSetting? Imap = null, AccessSetting? Smtp = null);

internal static class LayerPatches
{
    public static AccessSettings ApplyTo(this MergePatch<LayerPatch>? patch, AccessSettings settings) => patch is null
        ? settings
        : new(
            patch.Has(p => p.Pop3, out var pop3) ? pop3 ?? AccessSetting.Inherit : settings.Pop3,
            patch.Has(p => p.Imap, out var imap) ? imap ?? AccessSetting.Inherit : settings.Imap,
            patch.Has(p => p.Smtp, out var smtp) ? smtp ?? AccessSetting.Inherit : settings.Smtp);

    public static bool SaysInherit(this AccessSettings settings) => Data.MailAccess.Protocols.Any(protocol => settings[protocol] == AccessSetting.Inherit);
}
