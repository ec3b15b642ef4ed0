using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using AdminPortal.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// The keys of cookies and antiforgery tokens lie in PostgreSQL, where every process finds them, and are wrapped with the key file.
/// </summary>
internal static class SessionKeys
{
    public static IServiceCollection AddSessionKeys(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("AdminPortal").PersistKeysToDbContext<PortalDbContext>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlEncryptor = new WrapKey(provider.GetRequiredService<KeyFile>())));
        return services;
    }

    /// <summary>
    /// A cookie that cannot be read because the keys cannot be fetched would look like no cookie, and its owner signed out. So the keys
    /// are fetched before the first request is asked who sends it; while PostgreSQL is away that fails, and the answer is 503.
    /// </summary>
    public static IApplicationBuilder UseSessionKeys(this IApplicationBuilder app)
    {
        var probe = app.ApplicationServices.GetRequiredService<IDataProtectionProvider>().CreateProtector(nameof(SessionKeys));
        var fetched = false;
        return app.Use((HttpContext context, RequestDelegate next) =>
        {
            if (!fetched && !context.Request.Path.StartsWithSegments("/health"))
            {
                probe.Protect([]);
                fetched = true;
            }
            return next(context);
        });
    }
}

internal sealed class WrapKey(KeyFile keyFile) : IXmlEncryptor
{
    internal const string Purpose = "data protection keys";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var secret = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var wrapped = Envelope.Seal(keyFile.KeyFor(Purpose), secret, Purpose);
        CryptographicOperations.ZeroMemory(secret);
        return new(new XElement("wrappedKey", Convert.ToBase64String(wrapped)), typeof(UnwrapKey));
    }
}

/// <summary>Named in each stored key; made by data protection with the application's services.</summary>
internal sealed class UnwrapKey(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var key = services.GetRequiredService<KeyFile>().KeyFor(WrapKey.Purpose);
        return XElement.Parse(Encoding.UTF8.GetString(Envelope.Open(key, Convert.FromBase64String(encryptedElement.Value), WrapKey.Purpose)));
    }
}
