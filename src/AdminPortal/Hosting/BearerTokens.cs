namespace AdminPortal.Hosting;

/// <summary>The name of the authentication scheme of programs; the room of tokens brings its handler.</summary>
internal static class BearerTokens
{
    public const string Scheme = "Bearer";
}
