using System.Text;

namespace AdminPortal.MailServer.Relay;

/// <summary>RFC 4616, the client's side: who is acted for, who proves, and with what.</summary>
internal static class PlainResponse
{
    public static string Of(MailRoute route) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{route.ActsAs}\0{route.UserName}\0{route.Password.Reveal()}"));
}
