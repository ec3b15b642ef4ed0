using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using AdminPortal.Data;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>The switches of a list's rows, drawn by the room that owns them. The list has loaded the layers of its rows; this asks for nothing more.</summary>
internal interface IAccessSwitches
{
    /// <summary>What stands in <c>&lt;span data-swap class="access"&gt;</c>.</summary>
    IHtmlContent Of(MailboxWithLayers mailbox, MailProtocol protocol);
}

/// <summary>
/// What is inside an access switch; <see cref="SwitchTagHelper"/> tells what its members mean. A list has a hundred and fifty, so it is written
/// straight to the page.
/// </summary>
internal sealed class SwitchMarkup(IStringLocalizer shared, IFileVersionProvider versions) : IHtmlContent
{
    public required string Name { get; init; }

    public required string Protocol { get; init; }

    public required string Subject { get; init; }

    public required string Action { get; init; }

    public required bool On { get; init; }

    public required bool SetHere { get; init; }

    public string? DecidedBy { get; init; }

    public bool Word { get; init; }

    public bool Fixed { get; init; }

    private string StateWord => shared[On ? "On" : "Off"];

    private string Origin => SetHere ? shared["SetHere"] : string.IsNullOrEmpty(DecidedBy) ? shared["Inherited"] : DecidedBy;

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        if (Fixed) WriteState(writer, encoder);
        else WriteSwitch(writer, encoder);
        if (Word && !Fixed) WriteSpan(writer, encoder, "switch-word", StateWord);
        if (SetHere && Fixed) WriteMark(writer, encoder);
        if (SetHere && !Fixed) WriteMenu(writer, encoder);
    }

    private void WriteSwitch(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write(On ? "<button role=\"switch\" aria-checked=\"true\"" : "<button role=\"switch\" aria-checked=\"false\"");
        WriteAttribute(writer, encoder, "aria-label", shared["SwitchName", Protocol, Subject, Origin]);
        if (SetHere) writer.Write(" class=\"switch-set\"");
        WriteSubmit(writer, encoder, On ? "disabled" : "enabled");
        writer.Write("></button>");
    }

    private void WriteState(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write(On ? "<span class=\"state state-on\"" : "<span class=\"state state-off\"");
        WriteAttribute(writer, encoder, "title", Origin);
        writer.Write('>');
        encoder.Encode(writer, StateWord);
        writer.Write("</span>");
    }

    private void WriteMark(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write("<span class=\"set-here\">");
        WriteSpan(writer, encoder, "visually-hidden", shared["SetHere"]);
        writer.Write("</span>");
    }

    /// <summary>The mark of a switch that is set here opens its menu: what it means, and the way back.</summary>
    private void WriteMenu(TextWriter writer, HtmlEncoder encoder)
    {
        var id = $"{Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Action)))[..8]}";
        writer.Write("<button class=\"set-here\" type=\"button\"");
        WriteAttribute(writer, encoder, "popovertarget", id);
        WriteAttribute(writer, encoder, "aria-label", shared["SetHereMenu", Protocol, Subject]);
        writer.Write("></button><div class=\"menu\" popover");
        WriteAttribute(writer, encoder, "id", id);
        writer.Write('>');
        WriteSpan(writer, encoder, "menu-note", shared["SetHereNote", Protocol, StateWord]);
        writer.Write("<button class=\"menu-item\"");
        WriteSubmit(writer, encoder, "inherit");
        writer.Write('>');
        IconTagHelper.Markup(versions, "back").WriteTo(writer, encoder);
        encoder.Encode(writer, shared["BackToInherited"]);
        writer.Write("</button></div>");
    }

    private void WriteSubmit(TextWriter writer, HtmlEncoder encoder, string wanted)
    {
        WriteAttribute(writer, encoder, "form", SwitchFormTagHelper.Id);
        WriteAttribute(writer, encoder, "formaction", Action);
        WriteAttribute(writer, encoder, "name", Name);
        WriteAttribute(writer, encoder, "value", wanted);
    }

    private static void WriteSpan(TextWriter writer, HtmlEncoder encoder, string cssClass, string text)
    {
        writer.Write("<span");
        WriteAttribute(writer, encoder, "class", cssClass);
        writer.Write('>');
        encoder.Encode(writer, text);
        writer.Write("</span>");
    }

    private static void WriteAttribute(TextWriter writer, HtmlEncoder encoder, string name, string value)
    {
        writer.Write(' ');
        writer.Write(name);
        writer.Write("=\"");
        encoder.Encode(writer, value);
        writer.Write('"');
    }
}
