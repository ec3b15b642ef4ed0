using AdminPortal.Data;
using Xunit;

namespace AdminPortal.Tests.Data;

public sealed class ScramVerifierTests
{
    [Fact]
    public void The_example_of_RFC_7677_section_3_verifies()
    {
        // user "user", password "pencil"; the client's proof XOR its signature must hash to the stored key.
        var salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        const string authMessage =
            "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        var salted = ScramVerifier.SaltedPassword("pencil", salt, 4096);

        var serverSignature = System.Security.Cryptography.HMACSHA256.HashData(ScramVerifier.ServerKey(salted), System.Text.Encoding.UTF8.GetBytes(authMessage));
        var clientSignature = System.Security.Cryptography.HMACSHA256.HashData(ScramVerifier.StoredKey(salted), System.Text.Encoding.UTF8.GetBytes(authMessage));
        var proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        var clientKey = proof.Zip(clientSignature, (p, s) => (byte)(p ^ s)).ToArray();

        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(serverSignature));
        Assert.Equal(ScramVerifier.StoredKey(salted), System.Security.Cryptography.SHA256.HashData(clientKey));
    }

    [Fact]
    public void An_unknown_name_always_gets_the_same_salt_and_another_name_another()
    {
        var secret = new byte[32];

        Assert.Equal(ScramVerifier.DummySalt(secret, "nobody@contoso.example"), ScramVerifier.DummySalt(secret, "nobody@contoso.example"));
        Assert.NotEqual(ScramVerifier.DummySalt(secret, "nobody@contoso.example"), ScramVerifier.DummySalt(secret, "noone@contoso.example"));
    }
}
