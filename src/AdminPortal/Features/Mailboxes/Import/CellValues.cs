using System.Buffers.Text;
using System.Text;
using AdminPortal.Data;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>The words that a cell may hold, in any case.</summary>
internal static class CellValues
{
    /// <summary>A cell that switches a protocol: <c>True</c> or <c>enabled</c> switch it on. Null when it is neither a known word nor empty.</summary>
    public static AccessSetting? Setting(ReadOnlySpan<byte> cell)
    {
        cell = Trim(cell);
        if (Truth(cell, out var inherits) is { } on)
            return on ? AccessSetting.Enabled : AccessSetting.Disabled;
        if (inherits || Is(cell, "inherit"u8))
            return AccessSetting.Inherit;
        return Is(cell, "enabled"u8) ? AccessSetting.Enabled : Is(cell, "disabled"u8) ? AccessSetting.Disabled : null;
    }

    /// <summary>
    /// Exchange's double negative, <c>SmtpClientAuthenticationDisabled</c>: true switches SMTP off. The words enabled and disabled are refused
    /// here, because nobody could say which of the two they negate.
    /// </summary>
    public static AccessSetting? InvertedSetting(ReadOnlySpan<byte> cell)
    {
        if (Truth(Trim(cell), out var inherits) is { } disabled)
            return disabled ? AccessSetting.Disabled : AccessSetting.Enabled;
        return inherits ? AccessSetting.Inherit : null;
    }

    /// <summary>A GUID in any of the usual forms.</summary>
    public static bool TryGuid(ReadOnlySpan<byte> cell, out Guid guid)
    {
        foreach (var form in "DBNP")
            if (Utf8Parser.TryParse(cell, out guid, out var consumed, form) && consumed == cell.Length)
                return true;
        guid = default;
        return false;
    }

    /// <summary>Without blanks around; a no-break space, which spreadsheets like to leave, is one.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> cell)
    {
        cell = cell.Trim(" \t"u8);
        while (cell.StartsWith("\u00A0"u8))
            cell = cell[2..].TrimStart(" \t"u8);
        while (cell.EndsWith("\u00A0"u8))
            cell = cell[..^2].TrimEnd(" \t"u8);
        return cell;
    }

    private static bool? Truth(ReadOnlySpan<byte> cell, out bool inherits)
    {
        inherits = cell.IsEmpty || Is(cell, "$null"u8);
        if (Is(cell, "true"u8) || Is(cell, "$true"u8) || Is(cell, "1"u8) || Is(cell, "oui"u8) || Is(cell, "vrai"u8) || Is(cell, "yes"u8))
            return true;
        if (Is(cell, "false"u8) || Is(cell, "$false"u8) || Is(cell, "0"u8) || Is(cell, "non"u8) || Is(cell, "faux"u8) || Is(cell, "no"u8))
            return false;
        return null;
    }

    private static bool Is(ReadOnlySpan<byte> cell, ReadOnlySpan<byte> word) => cell.Length == word.Length && Ascii.EqualsIgnoreCase(cell, word);
}
