namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>What a person is told who is not signed in by their organisation's provider, and the way back.</summary>
internal sealed record NotSignedIn(ProviderFailure Why, string? Organisation)
{
    public string Again => Organisation is null ? "/sign-in" : $"/sign-in?tenant={Uri.EscapeDataString(Organisation)}";
}
