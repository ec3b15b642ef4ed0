using AdminPortal.Hosting;

// Files as served lie beside the program, so it runs from any folder.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddPortalPages();

var app = builder.Build();
app.UsePortalFrame();
app.UsePortalPages();
app.Run();

/// <summary>The portal's entry point, public so that tests can start the whole application.</summary>
public partial class Program;
