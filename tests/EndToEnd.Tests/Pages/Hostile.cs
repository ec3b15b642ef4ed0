using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Tests.Features.Connectivity;

namespace AdminPortal.EndToEnd.Pages;

/// <summary>What people, files and servers may write that hope to act in somebody else's browser.</summary>
internal static class Hostile
{
    /// <summary>Markup that would set <c>window.planted</c>.</summary>
    public const string Script = "<script>window.planted=1</script>";

    /// <summary>The same in other ways, and what ends an attribute.</summary>
    public const string Markup = $"<img src=x onerror=window.planted=1>{Script}'\"&amp;";

    /// <summary>Characters that act: a direction override, an isolate, zero-width ones, a bell, an escape, a line separator, a soft hyphen.</summary>
    public const string Acting = "\u202Egnp.exe\u2066\u200B\uFEFF\u0007\u001B[31m\u2028\u00AD";

    /// <param name="marker">By which it is found on a page.</param>
    public static string Text(string marker) => $"{marker}{Markup}{Acting}";

    /// <summary>What a page shows of <see cref="Acting"/>.</summary>
    public const string ActingShown = "<U+202E>gnp.exe<U+2066><U+200B><U+FEFF><U+0007><U+001B>[31m<U+2028><U+00AD>";

    /// <summary>Speaks IMAP4, and every word is meant for whoever reads it.</summary>
    public static ScriptedServer Imap() => ScriptedServer.Start(async c =>
    {
        await c.SayAsync($"* OK {Text("hostile-greeting")}{new string('x', 10_000)}");
        await c.AnswerImapAsync("* CAPABILITY IMAP4rev1 STARTTLS", "{tag} OK");
        await c.AnswerImapAsync($"{{tag}} OK {Text("hostile-start")}");
        await c.StartTlsAsync(TestAuthority.Localhost);
        await c.AnswerImapAsync($"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR X-hostile-capability{Script}", "{tag} OK");
        await c.AnswerImapAsync($"{{tag}} NO [AUTHENTICATIONFAILED] {Text("hostile-refusal")}");
        await c.AnswerImapAsync("* BYE", "{tag} OK");
    });

    /// <summary>Shows a certificate whose names are meant for whoever reads them, and says no more.</summary>
    public static ScriptedServer Tls() => ScriptedServer.Start(c => c.StartTlsAsync(Certificate()));

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(Text("hostile-subject") + new string('x', 10_000));
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        var others = new SubjectAlternativeNameBuilder();
        others.AddUserPrincipalName(Text("hostile-name"));
        request.CertificateExtensions.Add(others.Build());
        using var made = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
