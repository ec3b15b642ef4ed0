namespace AdminPortal.Features.SignIn;

/// <summary>A form that a passkey fills in; js/passkeys.js shows it where the browser knows passkeys.</summary>
/// <param name="Page">Whose handlers <c>PasskeyOptions</c> and <c>Passkey</c> ask and judge.</param>
/// <param name="ReturnUrl">Where to go afterwards.</param>
internal sealed record PasskeyForm(string Page, string? ReturnUrl);
