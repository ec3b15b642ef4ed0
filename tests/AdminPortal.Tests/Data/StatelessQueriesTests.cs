using AdminPortal.Data;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

/// <summary>The pool whose connections are not reset between two users: what one of them was told must not reach the next.</summary>
public sealed class StatelessQueriesTests(TwoTenants tenants) : IClassFixture<TwoTenants>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Ends => ["success", "an error of the database", "an error of the reader", "a cancellation"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Whoever_is_next_on_the_connection_stands_before_the_wall(string end)
    {
        await using var queries = new StatelessQueries(tenants.Database.ServingConnectionString);
        for (var time = 0; time < 6; time++)
        {
            var pid = await AskAsync(queries, tenants.Ours, "SELECT pg_backend_pid()");
            await EndAsync(queries, end);

            await using var next = await queries.Source.OpenConnectionAsync(Cancel);
            await using var look = new NpgsqlCommand(
                "SELECT pg_backend_pid(), coalesce(current_setting('app.tenant', true), ''), current_setting('lock_timeout'), (SELECT count(*) FROM mailbox)", next);
            await using var reader = await look.ExecuteReaderAsync(Cancel);
            await reader.ReadAsync(Cancel);
            // A cancelled connection may be closed, and then there is nothing to forget.
            if (end != "a cancellation") Assert.Equal(pid, reader.GetInt32(0));
            Assert.Equal(("", "0", 0L), (reader.GetString(1), reader.GetString(2), reader.GetInt64(3)));
        }
    }

    [Fact]
    public async Task Each_question_sees_its_own_tenant_by_turns_and_side_by_side()
    {
        await using var queries = new StatelessQueries(tenants.Database.ServingConnectionString);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async n =>
        {
            var tenant = n % 2 == 0 ? tenants.Ours : tenants.Theirs;
            Assert.Equal(tenant, await AskAsync(queries, tenant, "SELECT DISTINCT tenant_id FROM mailbox"));
        }));
    }

    private async Task EndAsync(StatelessQueries queries, string end)
    {
        var mailboxes = new NpgsqlBatchCommand("SELECT count(*) FROM mailbox");
        switch (end)
        {
            case "success":
                Assert.NotEqual(0L, await AskAsync(queries, tenants.Ours, mailboxes.CommandText));
                break;
            case "an error of the database":
                await Assert.ThrowsAsync<PostgresException>(() => AskAsync(queries, tenants.Ours, "SELECT 1 / (count(*) - count(*)) FROM mailbox"));
                break;
            case "an error of the reader":
                await Assert.ThrowsAsync<FormatException>(() => queries.AskAsync<int>(
                    tenants.Ours, mailboxes, (_, _) => throw new FormatException(), Cancel, TimeSpan.FromSeconds(5)));
                break;
            default:
                using (var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
                {
                    giveUp.CancelAfter(TimeSpan.FromMilliseconds(50));
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queries.AskAsync(
                        tenants.Ours, new("SELECT pg_sleep(60), (SELECT count(*) FROM mailbox)"), ReadAsync, giveUp.Token));
                }
                break;
        }
    }

    private static Task<object> AskAsync(StatelessQueries queries, Guid tenant, string sql) => queries.AskAsync(tenant, new(sql), ReadAsync, Cancel);

    private static async Task<object> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        return reader.GetValue(0);
    }
}
