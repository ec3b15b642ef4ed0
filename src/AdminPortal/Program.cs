using AdminPortal.Data;
using AdminPortal.Demo;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Features.AppPasswords;
using AdminPortal.Features.AuditLog;
using AdminPortal.Features.ConnectionSettings;
using AdminPortal.Features.Connectivity;
using AdminPortal.Features.Limits;
using AdminPortal.Features.MailAccess;
using AdminPortal.Features.MailHosting;
using AdminPortal.Features.Mailboxes.Import;
using AdminPortal.Features.Mailboxes;
using AdminPortal.Features.Members;
using AdminPortal.Features.MySettings;
using AdminPortal.Features.Operations;
using AdminPortal.Features.Overview;
using AdminPortal.Features.ProtocolLogs;
using AdminPortal.Features.SignIn.Reset;
using AdminPortal.Features.SignIn;
using AdminPortal.Features.Tenants;
using AdminPortal.Features.TenantSignIn;
using AdminPortal.Hosting;
using AdminPortal.Jobs;

// Files as served lie beside the program, so it runs from any folder.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddDefaults();
var hosting = builder.Configuration.ReadSettings<HostingOptions>(HostingOptions.Section);

builder.Services.AddData(builder.Configuration.GetConnectionString("Portal") ?? "");
builder.Services.AddHosting(builder.Configuration);
builder.Services.AddPortalPages();
builder.Services.AddSignIn();
builder.Services.AddPasswordReset(hosting);
builder.Services.AddJobs(builder.Configuration);
builder.Services.AddMailboxes();
builder.Services.AddImport();
builder.Services.AddOverview();
builder.Services.AddMailAccess();
builder.Services.AddAppPasswords();
builder.Services.AddProtocolLogs();
builder.Services.AddOperations();
builder.Services.AddAuditLog();
builder.Services.AddConnectivity();
// In the order in which their pages stand under Settings.
builder.Services.AddConnectionSettings();
builder.Services.AddTenants();
builder.Services.AddMembers();
builder.Services.AddTenantSignIn();
builder.Services.AddApiTokens();
builder.Services.AddMySettings();
builder.Services.AddLimitsPage();
if (hosting.Runs("worker")) builder.Services.AddOperationWorker().AddAuditSealing().AddDomainProofs();
builder.Services.AddMailHosting(builder.Configuration);
builder.Services.AddDemo(hosting);
if (!builder.SettingsAreGood()) return 1;

var app = builder.Build();
if (Commands.IsCommand(args)) return await app.RunCommandAsync(args);
app.UseHostingFirst();
app.MapHealth();
if (hosting.Runs("web")) ServeWeb();
return await app.RunToldAsync();

void ServeWeb()
{
    app.UsePortalFrame();
    app.UseHosting();
    app.UsePortalPages();
    app.MapOpenApiDocument();
    app.MapTenants();
    app.MapTenantSignIn();
    app.MapApiTokens();
    app.MapMailboxes();
    app.MapImport();
    app.MapMailAccess();
    app.MapAppPasswords();
    app.MapProtocolLogs();
    app.MapOperations();
    app.MapAuditLog();
    app.MapConnectionSettings();
    app.MapConnectivity();
    app.MapMembers();
    app.MapMySettings();
}

/// <summary>The portal's entry point, public so that tests can start the whole application.</summary>
public partial class Program;
