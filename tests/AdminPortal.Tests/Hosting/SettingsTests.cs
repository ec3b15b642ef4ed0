using AdminPortal.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace AdminPortal.Tests.Hosting;

public sealed class SettingsTests
{
    [Fact]
    public void Everything_wrong_is_told_at_once_by_the_settings_name()
    {
        var told = Failures(("Portal:HttpPort", "eighty"), ("Portal:HtpsPort", "8443"), ("Portal:BindAddress", "here"), ("Portal:Roles", "web,cook"), ("Portal:CertificatePath", "/nowhere.pem"));
        foreach (var setting in new[] { "Portal:HttpPort", "Portal:HtpsPort", "Portal:BindAddress", "cook", "Portal:CertificateKeyPath", "/nowhere.pem" })
            Assert.Contains(told, failure => failure.Contains(setting, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Portal:HttpPort", "65536")]
    [InlineData("Portal:HttpPort", "-1")]
    [InlineData("Portal:HttpPort", "8443")]
    [InlineData("Portal:PublicUrl", "ftp://portal.example")]
    [InlineData("Portal:PublicUrl", "portal")]
    [InlineData("Portal:TrustedProxies", "10.0.0.0/8, proxy.example")]
    [InlineData("Portal:Roles", " , ")]
    [InlineData("Portal:ExtraTrustedRoots", "/nowhere.pem")]
    public void A_wrong_value_is_refused(string name, string value) => Assert.NotEmpty(Failures((name, value)));

    [Fact]
    public void What_is_not_said_has_a_default() => Assert.Empty(Failures());

    [Fact]
    public void A_port_may_be_none_or_any() => Assert.Empty(Failures(("Portal:HttpPort", ""), ("Portal:HttpsPort", "0")));

    private static IReadOnlyList<string> Failures(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(s => KeyValuePair.Create<string, string?>(s.Name, s.Value))).Build());
        services.AddSettings<HostingOptions>(HostingOptions.Section, options => options.Errors());
        using var provider = services.BuildServiceProvider();
        try
        {
            _ = provider.GetRequiredService<IOptions<HostingOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException wrong)
        {
            return [.. wrong.Failures];
        }
    }
}
