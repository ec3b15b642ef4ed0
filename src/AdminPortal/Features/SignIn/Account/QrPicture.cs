using System.Text;
using QRCoder;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>A QR code as a picture that needs no second request: the content policy allows <c>data:</c> for pictures, and for nothing else.</summary>
internal static class QrPicture
{
    public static string Of(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        return $"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.ASCII.GetBytes(Svg(code.ModuleMatrix)))}";
    }

    // Dark on light whatever the page's theme is: scanners want it so. The matrix brings its own quiet zone.
    private static string Svg(List<System.Collections.BitArray> rows)
    {
        var dark = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
            for (var x = 0; x < rows[y].Count; x++)
                if (rows[y][x]) dark.Append($"M{x} {y}h1v1h-1z");
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {rows.Count} {rows.Count}\" shape-rendering=\"crispEdges\">"
            + $"<path fill=\"#fff\" d=\"M0 0h{rows.Count}v{rows.Count}H0z\"/><path d=\"{dark}\"/></svg>";
    }
}
