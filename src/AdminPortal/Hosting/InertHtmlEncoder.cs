using System.Text;
using System.Text.Encodings.Web;

namespace AdminPortal.Hosting;

/// <summary>
/// How everything dynamic gets into a page: markup becomes text, and characters that act rather than show become their codes
/// (<see cref="InertText"/>), whichever page shows them and wherever they came from. White space stays what it is. A field to be edited holds
/// its value exactly: see Features/Shared/ExactValueTagHelper.
/// </summary>
internal sealed class InertHtmlEncoder(TextEncoderSettings allowed) : HtmlEncoder
{
    private readonly HtmlEncoder html = Create(Without('\u00AD', allowed));

    /// <summary>The same without the codes: what a browser sends back as it was.</summary>
    public HtmlEncoder Exact => html;

    // "&lt;U+10FFFF&gt;"
    public override int MaxOutputCharactersPerInputCharacter => 16;

    // Nothing that acts is allowed, so the inner encoder stops at it.
    public override bool WillEncode(int unicodeScalar) => html.WillEncode(unicodeScalar);

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) => html.FindFirstCharacterToEncode(text, textLength);

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        unicodeScalar is not ('\t' or '\n' or '\r') && Rune.TryCreate(unicodeScalar, out var rune) && InertText.Acts(rune)
            ? TryWriteCode(rune, new(buffer, bufferLength), out numberOfCharactersWritten)
            : html.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);

    private bool TryWriteCode(Rune rune, Span<char> buffer, out int written)
    {
        var code = html.Encode(InertText.Code(rune));
        written = code.TryCopyTo(buffer) ? code.Length : 0;
        return written > 0;
    }

    // The soft hyphen is the one character of Latin 1 that acts.
    private static TextEncoderSettings Without(char character, TextEncoderSettings allowed)
    {
        allowed.ForbidCharacter(character);
        return allowed;
    }
}
