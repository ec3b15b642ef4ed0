using AdminPortal.Hosting;

namespace AdminPortal.Features.MailQueue;

internal static class MailQueueEndpoints
{
    public static IServiceCollection AddMailQueue(this IServiceCollection services)
    {
        services.AddScoped<QueuedMessages>();
        return services.AddNavigation<Text>(NavigationSection.Settings, "settings/mail-queue", "Title", Policies.ReadAudit);
    }

    public static IEndpointRouteBuilder MapMailQueue(this IEndpointRouteBuilder app)
    {
        var queue = app.MapTenantApi().MapGroup("/mail-queue").WithTags("Mail queue");
        queue.MapGet("", ListAsync).WithName("listQueuedMessages")
            .RequireAuthorization(Policies.ReadAudit).RequireScope(Scopes.AuditRead).Produces<PageOf<QueuedMessageAnswer>>();
        queue.MapGet("/{message:guid}", GetAsync).WithName("getQueuedMessage")
            .RequireAuthorization(Policies.ReadAudit).RequireScope(Scopes.AuditRead).Produces<QueuedMessageAnswer>();
        queue.MapPost("/{message:guid}/retry", RetryAsync).WithName("retryQueuedMessage").WithIdempotency()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<QueuedMessageAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        queue.MapPost("/{message:guid}/cancel", CancelAsync).WithName("cancelQueuedMessage").WithIdempotency()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<QueuedMessageAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        return app;
    }

    /// <summary>What mailboxes of the tenant sent to elsewhere and still waits, newest first.</summary>
    /// <param name="all">Also what is done with; it is kept for 30 days without its content.</param>
    /// <response code="200">A page of messages with the state of each recipient.</response>
    private static async Task<PageOf<QueuedMessageAnswer>> ListAsync(
        [AsParameters] ListQuery query, QueuedMessages queue, CancellationToken cancellationToken, bool all = false)
    {
        var found = await queue.ListAsync(all, query.Cursor?.Read<Guid>(), query.Size + 1, cancellationToken);
        return PageOf<QueuedMessageAnswer>.Cut(found, query.Size, m => m, m => m.Id);
    }

    /// <summary>What became of one message.</summary>
    /// <param name="message">Its id, as the mail program was told it.</param>
    /// <response code="200">The message with the state of each recipient.</response>
    private static async Task<IResult> GetAsync(Guid message, QueuedMessages queue, HttpContext context, CancellationToken cancellationToken) =>
        await queue.FindAsync(message, cancellationToken) is { } found ? Results.Ok(found).WithETag(ETags.Of(found, context)) : Problems.NotFound();

    /// <summary>Tries a waiting message now, whatever its pause.</summary>
    /// <param name="message">Its id.</param>
    /// <response code="200">The message; it is tried within seconds.</response>
    private static async Task<IResult> RetryAsync(Guid message, QueuedMessages queue, CancellationToken cancellationToken) =>
        await AnswerAsync(await queue.RetryAsync(message, cancellationToken), message, queue, cancellationToken);

    /// <summary>Gives up on those who still wait for a message. Its sender is told.</summary>
    /// <param name="message">Its id.</param>
    /// <response code="200">The message; recipients change within seconds.</response>
    private static async Task<IResult> CancelAsync(Guid message, QueuedMessages queue, CancellationToken cancellationToken) =>
        await AnswerAsync(await queue.CancelAsync(message, cancellationToken), message, queue, cancellationToken);

    private static async Task<IResult> AnswerAsync(QueueOutcome outcome, Guid message, QueuedMessages queue, CancellationToken cancellationToken) => outcome switch
    {
        QueueOutcome.Done when await queue.FindAsync(message, cancellationToken) is { } now => Results.Ok(now),
        QueueOutcome.Finished => Problems.Conflict("Nobody waits for this message any more."),
        _ => Problems.NotFound(),
    };
}
