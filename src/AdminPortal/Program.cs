using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;

// Files as served lie beside the program, so it runs from any folder.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddDefaults();

builder.Services.AddData(builder.Configuration.GetConnectionString("Portal") ?? "");
builder.Services.AddHosting(builder.Configuration);
builder.Services.AddRazorPages(options => options.RootDirectory = "/Features");
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();

var app = builder.Build();
if (!app.SettingsAreGood()) return 1;

app.UseHostingFirst();
app.UseHosting();
app.MapHealth();
app.MapRazorPages();
return await app.RunToldAsync();

/// <summary>The portal's entry point, public so that tests can start the whole application.</summary>
public partial class Program;
