using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Features.SignIn;
using AdminPortal.Features.Tenants;
using AdminPortal.Hosting;

// Files as served lie beside the program, so it runs from any folder.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddDefaults();

builder.Services.AddData(builder.Configuration.GetConnectionString("Portal") ?? "");
builder.Services.AddHosting(builder.Configuration);
builder.Services.AddPortalPages();
builder.Services.AddSignIn();
builder.Services.AddApiTokens();
builder.Services.AddTenants();
if (!builder.SettingsAreGood()) return 1;

var app = builder.Build();
app.UseHostingFirst();
app.UsePortalFrame();
app.UseHosting();
app.UsePortalPages();
app.MapHealth();
app.MapTenants();
app.MapApiTokens();
return await app.RunToldAsync();

/// <summary>The portal's entry point, public so that tests can start the whole application.</summary>
public partial class Program;
