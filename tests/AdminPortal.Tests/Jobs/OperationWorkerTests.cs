using AdminPortal.Data;
using AdminPortal.Jobs;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Jobs;

public sealed class OperationWorkerTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Kind = "test";
    private static readonly TimeSpan LongLease = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task An_operation_is_run_once_and_says_so_with_its_work()
    {
        await using var stage = await StageAsync(LongLease, FinishAsync);
        var id = await stage.QueueAsync(Kind);

        Assert.True(await stage.RunNextAsync(Token));
        Assert.False(await stage.RunNextAsync(Token));

        var operation = await stage.ReadAsync(id);
        Assert.Equal((OperationState.Succeeded, 6, 6, 3, 2, 1), (operation.State, operation.Total, operation.Done, operation.Changed, operation.Unchanged, operation.Refused));
        Assert.NotNull(operation.FinishedAt);
    }

    [Fact]
    public async Task An_operation_whose_worker_died_is_taken_up_again()
    {
        await using var stage = await StageAsync(LongLease, FinishAsync);
        var id = await stage.QueueAsync(Kind);
        await stage.ClaimAsync();
        Assert.False(await stage.RunNextAsync(Token), "Nobody may take what another worker holds.");

        await stage.LetLeaseRunOutAsync(id);

        Assert.True(await stage.RunNextAsync(Token));
        Assert.Equal(OperationState.Succeeded, (await stage.ReadAsync(id)).State);
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_cannot_finish()
    {
        WorkerStage? stage = null;
        await using var set = stage = await StageAsync(LongLease, async (run, cancellation) =>
        {
            await stage!.TakeOverAsync(run.Id);
            await FinishAsync(run, CancellationToken.None);
        });
        var id = await stage.QueueAsync(Kind);

        await stage.RunNextAsync(Token);

        Assert.Equal((OperationState.Running, 2), await StateAndFenceAsync(stage, id));
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_stops_and_leaves_the_operation_to_the_other()
    {
        WorkerStage? stage = null;
        await using var set = stage = await StageAsync(LongLease, async (run, cancellation) =>
        {
            await stage!.TakeOverAsync(run.Id);
            await Task.Delay(Timeout.Infinite, cancellation);
        });
        var id = await stage.QueueAsync(Kind);

        await stage.RunNextAsync(Token);

        Assert.Equal((OperationState.Running, 2), await StateAndFenceAsync(stage, id));
    }

    [Fact]
    public async Task What_cannot_be_done_fails_with_its_own_sentence()
    {
        await using var stage = await StageAsync(LongLease, (_, _) => throw new OperationRefusedException("The plan is gone."));
        var id = await stage.QueueAsync(Kind);

        await stage.RunNextAsync(Token);

        Assert.Equal((OperationState.Failed, "The plan is gone."), await StateAndErrorAsync(stage, id));
    }

    [Fact]
    public async Task The_unforeseen_fails_with_a_bland_word()
    {
        await using var stage = await StageAsync(LongLease, (_, _) => throw new InvalidOperationException("password=hunter2"));
        var id = await stage.QueueAsync(Kind);

        await stage.RunNextAsync(Token);

        Assert.Equal((OperationState.Failed, OperationErrors.Unexpected), await StateAndErrorAsync(stage, id));
    }

    [Fact]
    public async Task A_lost_database_queues_the_operation_again_until_it_is_given_up()
    {
        var runs = 0;
        await using var stage = await StageAsync(LongLease, async (run, cancellation) =>
        {
            runs++;
            await using var connection = new NpgsqlConnection(database.ServingConnectionString);
            await connection.OpenAsync(cancellation);
            await using var die = new NpgsqlCommand("SELECT pg_terminate_backend(pg_backend_pid())", connection);
            await die.ExecuteNonQueryAsync(cancellation);
        });
        var id = await stage.QueueAsync(Kind);

        while (await stage.RunNextAsync(Token)) { }

        var operation = await stage.ReadAsync(id);
        Assert.Equal((3, OperationState.Failed, OperationErrors.GaveUp), (runs, operation.State, operation.Error));
    }

    [Fact]
    public async Task Cancelling_stops_the_work_and_the_operation_says_so()
    {
        WorkerStage? stage = null;
        await using var set = stage = await StageAsync(LongLease, async (run, cancellation) =>
        {
            await using (var db = stage!.Db())
                await db.Operations.Where(o => o.Id == run.Id).ExecuteUpdateAsync(o => o.SetProperty(x => x.CancelRequested, true), Token);
            await Task.Delay(Timeout.Infinite, cancellation);
        });
        var id = await stage.QueueAsync(Kind);

        await stage.RunNextAsync(Token);

        Assert.Equal(OperationState.Cancelled, (await stage.ReadAsync(id)).State);
    }

    [Fact]
    public async Task A_process_that_stops_gives_the_operation_back_and_blames_nobody()
    {
        using var stopping = new CancellationTokenSource();
        await using var stage = await StageAsync(LongLease, async (run, cancellation) =>
        {
            await stopping.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        });
        var id = await stage.QueueAsync(Kind);

        await stage.RunNextAsync(stopping.Token);

        Assert.Equal((OperationState.Queued, 0), await StateAndFenceAsync(stage, id));
    }

    [Fact]
    public async Task Work_that_takes_longer_than_the_lease_keeps_it()
    {
        WorkerStage? stage = null;
        await using var set = stage = await StageAsync(TimeSpan.FromSeconds(1), async (run, cancellation) =>
        {
            var first = (await stage!.ReadAsync(run.Id)).LeaseUntil;
            // As long as it takes until the lease was renewed beyond its first end.
            while ((await stage.ReadAsync(run.Id)).LeaseUntil < first + TimeSpan.FromMilliseconds(500)) cancellation.ThrowIfCancellationRequested();
            await FinishAsync(run, cancellation);
        });
        var id = await stage.QueueAsync(Kind);

        await stage.RunNextAsync(Token);

        Assert.Equal((OperationState.Succeeded, 1), await StateAndFenceAsync(stage, id));
    }

    [Fact]
    public async Task A_kind_that_nobody_knows_fails()
    {
        await using var stage = await StageAsync(LongLease, FinishAsync);
        var id = await stage.QueueAsync("unheardOf");

        await stage.RunNextAsync(Token);

        Assert.Equal(OperationErrors.UnknownKind, (await stage.ReadAsync(id)).Error);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<WorkerStage> StageAsync(TimeSpan lease, Func<OperationRun, CancellationToken, Task> work) =>
        WorkerStage.SetAsync(database, lease, new Work(Kind, work));

    private async Task FinishAsync(OperationRun run, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database.ServingConnectionString);
        await using var connection = await TenantConnection.OpenAsync(source, run.TenantId, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await run.FinishAsync(connection, new(Changed: 3, Unchanged: 2, Refused: 1), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<(OperationState, string?)> StateAndErrorAsync(WorkerStage stage, Guid id)
    {
        var operation = await stage.ReadAsync(id);
        return (operation.State, operation.Error);
    }

    private static async Task<(OperationState, int)> StateAndFenceAsync(WorkerStage stage, Guid id)
    {
        var operation = await stage.ReadAsync(id);
        return (operation.State, operation.Fence);
    }
}
