using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;

// Files as served lie beside the program, so it runs from any folder.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddData(builder.Configuration.GetConnectionString("Portal") ?? "");
builder.Services.AddHosting();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddPortalPages();
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();

var app = builder.Build();
app.UsePortalFrame();
app.UseHosting();
app.UsePortalPages();
app.Run();

/// <summary>The portal's entry point, public so that tests can start the whole application.</summary>
public partial class Program;
