using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>The counts of guesses: nobody reads them, each entrance does its one deed.</summary>
public sealed class GuessEntranceTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    private const string Rule = "ROW(5, 5, 100, 100, interval '1 minute', 2, interval '1 second', interval '1 minute', interval '1 hour')::guess_rule";

    [Fact, Entrance("take_guess")]
    public async Task A_guess_that_is_counted_is_answered_by_its_number_and_one_too_many_by_how_long_to_wait()
    {
        var first = await GuessAsync("counted@x", "192.0.2.1");
        await GuessAsync("counted@x", "192.0.2.1");
        var held = await GuessAsync("counted@x", "192.0.2.1");

        Assert.Matches("""^\{"id": [0-9]+, "wait": null, "held_by": null\}$""", first);
        Assert.Matches("""^\{"id": null, "wait": "00:00:0[01][0-9.]*", "held_by": "pair"\}$""", held);
    }

    [Fact, Entrance("pardon_guess")]
    public async Task A_pardon_takes_back_that_guess_and_no_other()
    {
        var (first, second) = (IdOf(await GuessAsync("pardoned@x", "192.0.2.2")), IdOf(await GuessAsync("pardoned@x", "192.0.2.3")));

        await CallAsync("pardon_guess($1)", first);

        Assert.Equal(second.ToString(System.Globalization.CultureInfo.InvariantCulture), await OneAsync("SELECT id FROM guess WHERE account = 'pardoned@x'"));
    }

    [Fact, Entrance("know_address")]
    public async Task An_account_keeps_the_addresses_it_was_entered_from_last()
    {
        await CallAsync("know_address($1, $2)", "other@x", "192.0.2.1");
        for (var n = 0; n < 40; n++) await CallAsync("know_address($1, $2)", "known@x", $"192.0.2.{n}");

        Assert.Equal("32", await OneAsync("SELECT count(*) FROM familiar_address WHERE account = 'known@x'"));
        Assert.Equal("1", await OneAsync("SELECT count(*) FROM familiar_address WHERE account = 'other@x'"));
    }

    [Fact, Entrance("list_held_off"), Entrance("let_in")]
    public async Task Who_is_held_off_is_listed_and_only_whom_an_administrator_chooses_is_let_in()
    {
        foreach (var account in new[] { "chosen@x", "left@x" })
            for (var n = 0; n < 2; n++) await GuessAsync(account, account == "chosen@x" ? "198.51.100.1" : "203.0.113.1");

        Assert.Equal(["chosen@x", "left@x"], (await HeldAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(["0"], await AskAsync("let_in('pair', 'chosen@x', '203.0.113.1')"));
        Assert.Equal(["0"], await AskAsync("let_in('everybody', 'chosen@x', '198.51.100.1')"));
        Assert.Equal(["2"], await AskAsync("let_in('pair', 'chosen@x', '198.51.100.1')"));
        Assert.Equal(["left@x"], await HeldAsync());

        // Of accounts that are held off as such, and of networks, the stage has none: what is listed are the pairs.
        async Task<List<string>> HeldAsync() => (await AskAsync($"list_held_off({Rule}, 100)"))
            .Select(row => System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, System.Text.Json.JsonElement>>(row)!)
            .Where(row => row.Keys.Order(StringComparer.Ordinal).SequenceEqual(["account", "address", "guesses", "held_by", "until"]))
            .Select(row => row["account"].GetString()!).Where(account => account is "chosen@x" or "left@x").ToList();
    }

    [Fact, Entrance("trim_guesses")]
    public async Task Guesses_are_forgotten_by_age_and_beyond_a_number()
    {
        for (var n = 0; n < 3; n++) await GuessAsync($"many{n}@x", $"192.0.2.{100 + n}");
        var newest = await OneAsync("SELECT max(id) FROM guess");

        await CallAsync("trim_guesses(interval '1 hour', 1)");
        Assert.Equal(newest, await OneAsync("SELECT id FROM guess"));
        await CallAsync("trim_guesses(interval '0', 1000)");
        Assert.Empty(await LookAsync("SELECT id FROM guess"));
    }

    private async Task<string> GuessAsync(string account, string from) =>
        Assert.Single(await AskAsync($"take_guess($1, $2, $2 || '/26', $2 || '/21', 1::smallint, {Rule})", account, from));

    private static long IdOf(string row) => System.Text.Json.JsonDocument.Parse(row).RootElement.GetProperty("id").GetInt64();
}
