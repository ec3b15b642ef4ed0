namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Recognises a web browser at the wrong door. A page can make a browser post lines of its choosing to a mail port; the request line
/// comes first, so the connection ends there and no later line is read as a command.
/// </summary>
internal static class HttpRequest
{
    public static bool IsFirstLine(ReadOnlySpan<byte> line) =>
        line.IndexOf(" HTTP/"u8) >= 0
        || line.StartsWith("GET "u8) || line.StartsWith("POST "u8) || line.StartsWith("PUT "u8) || line.StartsWith("HEAD "u8)
        || line.StartsWith("OPTIONS "u8) || line.StartsWith("CONNECT "u8) || line.StartsWith("DELETE "u8) || line.StartsWith("PATCH "u8)
        || line.StartsWith("PRI * "u8);
}
