var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
app.Run();

/// <summary>The portal's entry point, public so that tests can start the whole application.</summary>
public partial class Program;
