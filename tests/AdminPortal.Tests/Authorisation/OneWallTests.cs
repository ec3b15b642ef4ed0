using AdminPortal.Data;
using AdminPortal.Migrations;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>The portal with EF Core's filters forgotten: only row-level security is left.</summary>
public sealed class RowLevelSecurityAlone(TestCluster cluster) : MatrixStage(cluster)
{
    private NpgsqlDataSource? source;

    protected override void Arrange(PortalFactory portal)
    {
        source = NpgsqlDataSource.Create(portal.Database.ServingConnectionString);
        var options = new DbContextOptionsBuilder<PortalDbContext>();
        DataServices.Configure(options, source);
        options.UseApplicationServiceProvider(PortalDbContextFactory.IdentityServices).ReplaceService<IModelCustomizer, ForgottenFilters>();
        portal.Replace(options.Options);
    }

    protected override async ValueTask EndAsync()
    {
        if (source is not null) await source.DisposeAsync();
    }

    private sealed class ForgottenFilters(ModelCustomizerDependencies dependencies) : RelationalModelCustomizer(dependencies)
    {
        public override void Customize(ModelBuilder modelBuilder, DbContext context)
        {
            base.Customize(modelBuilder, context);
            foreach (var type in modelBuilder.Model.GetEntityTypes())
                foreach (var filter in type.GetDeclaredQueryFilters().ToList())
                    if (filter.Key is { } key) type.SetQueryFilter(key, null);
                    else type.SetQueryFilter(null);
        }
    }
}

/// <summary>The portal with row-level security lost, as by a restore that went wrong: only the portal's own queries are left.</summary>
public sealed class FiltersAlone(TestCluster cluster) : MatrixStage(cluster)
{
    protected override void Arrange(PortalFactory portal)
    {
        using var source = NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString);
        using var command = source.CreateCommand(
            """
            DO $$
            DECLARE
                target regclass;
            BEGIN
                FOR target IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity
                LOOP
                    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', target);
                END LOOP;
            END $$;
            """);
        command.ExecuteNonQuery();
    }
}

/// <summary>Either wall holds without the other: nothing of another tenant is told, found or changed.</summary>
public abstract class OneWallTests(MatrixStage stage)
{
    public static TheoryData<string> Rows() => new(MatrixRow.All.Where(row => row.Else is not null || row.IsOfTenant).Select(row => row.ToString()));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task What_is_somebody_elses_and_what_is_not_there_are_one_answer_still(string name)
    {
        var row = MatrixRow.Of(name);
        var before = await stage.EverythingAsync(row);
        await row.AssertOneAnswerAsync(stage);
        Assert.Equal(before, await stage.EverythingAsync(row));
    }

    [Fact]
    public async Task No_list_and_no_page_shows_anything_of_another_tenant()
    {
        foreach (var row in MatrixRow.All.Where(row => row.IsSafe && row.Allows(Caller.TenantAdmin)))
        {
            await stage.EverythingAsync(row);
            var known = stage.Of(Caller.TenantAdmin);
            var answer = await stage.AskAsync(row, stage.Ours.Slug, await stage.OwnAsync(row, fresh: false), row.IsApi ? known.Program : known.Browser.Client, null);
            Assert.True(answer.Status == row.Answers[Caller.TenantAdmin], $"{row}: {answer.Status}\n{answer.Body}");
            stage.AssertNothingForeign(answer, row.ToString());
        }
    }
}

public sealed class WithoutFiltersTests(RowLevelSecurityAlone stage) : OneWallTests(stage), IClassFixture<RowLevelSecurityAlone>;

public sealed class WithoutRowLevelSecurityTests(FiltersAlone stage) : OneWallTests(stage), IClassFixture<FiltersAlone>;
