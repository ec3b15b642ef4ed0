using System.Globalization;
using System.Threading.RateLimiting;
using AdminPortal.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// How often may be asked: from one address, with one token, about one tenant. Token buckets that fill steadily, of this process: behind a
/// balancer the limits of an installation are so many times as high as it has processes, which bounds what one process has to bear; what
/// must hold for all processes together, guessing, is the throttle's.
/// </summary>
internal sealed class RateLimits : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly LimitHits hits;
    private readonly Rate perAddress, perToken, perTenant;

    public RateLimits(IOptions<LimitsOptions> limits, LimitHits hits)
    {
        this.hits = hits;
        var requests = limits.Value.Requests;
        perAddress = new("address", nameof(RequestLimits.PerAddress), requests.PerAddress);
        perToken = new("token", nameof(RequestLimits.PerToken), requests.PerToken);
        perTenant = new("tenant", nameof(RequestLimits.PerTenant), requests.PerTenant);
    }

    /// <summary>Before anybody is looked up.</summary>
    public async Task OfAddressAsync(HttpContext context, RequestDelegate next)
    {
        var address = AddressBlocks.Of(context.Connection.RemoteIpAddress ?? System.Net.IPAddress.Loopback).Address;
        if (Health.IsAskedBy(context) || perAddress.Admits(address)) await next(context);
        else await RefuseAsync(context, perAddress, address);
    }

    /// <summary>When the caller and the tenant are known: what programs may ask, so that one of them leaves the others and the pages alone.</summary>
    public async Task OfTokenAsync(HttpContext context, RequestDelegate next)
    {
        var (user, tenant) = (context.RequestServices.GetRequiredService<CurrentUser>(), context.RequestServices.GetRequiredService<CurrentTenant>());
        if (user.IsAuthenticated) WebConnections.Recognise(context);
        if (user.TokenId?.ToString() is not { } token)
        {
            await next(context);
            return;
        }

        var about = tenant.IsEntered ? tenant.Id.ToString() : null;
        if (!perToken.Admits(token)) await RefuseAsync(context, perToken, token);
        else if (about is not null && !perTenant.Admits(about)) await RefuseAsync(context, perTenant, about);
        else
        {
            Tell(context.Response, perToken, token);
            await next(context);
        }
    }

    public void Dispose()
    {
        foreach (var rate in new[] { perAddress, perToken, perTenant }) rate.Dispose();
    }

    private Task RefuseAsync(HttpContext context, Rate rate, string key)
    {
        hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Requests)}:{rate.Setting}");
        Tell(context.Response, rate, key);
        context.Response.Headers.RetryAfter = RetryAfter.Seconds(rate.NextIn);
        if (context.IsApi()) return Problems.TooMany($"There were too many requests from this {rate.Name} within a minute.").ExecuteAsync(context);
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        return Task.CompletedTask;
    }

    // The field names and their syntax are those of the IETF's draft "RateLimit header fields for HTTP".
    private static void Tell(HttpResponse response, Rate rate, string key)
    {
        var left = rate.LeftOf(key);
        response.Headers["RateLimit-Policy"] = rate.Policy;
        response.Headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture, $"\"{rate.Name}\";r={left};t={Math.Ceiling((rate.Quota - left) * Minute.TotalSeconds / rate.Quota)}");
    }

    /// <summary>One limit and its buckets, which are forgotten when they have been full for a while.</summary>
    private sealed class Rate(string name, string setting, int quota) : IDisposable
    {
        private readonly PartitionedRateLimiter<string> buckets = PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetTokenBucketLimiter(key, _ => Bucket(quota)));

        public string Name => name;

        public string Setting => setting;

        public int Quota => quota;

        public string Policy { get; } = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={quota};w={Minute.TotalSeconds}");

        public TimeSpan NextIn => Minute / quota;

        public bool Admits(string key)
        {
            using var lease = buckets.AttemptAcquire(key);
            return lease.IsAcquired;
        }

        public long LeftOf(string key) => buckets.GetStatistics(key)?.CurrentAvailablePermits ?? quota;

        public void Dispose() => buckets.Dispose();

        // Filled once a second, or as often as one more fits.
        private static TokenBucketRateLimiterOptions Bucket(int quota) => new()
        {
            TokenLimit = quota,
            TokensPerPeriod = Math.Max(1, quota / 60),
            ReplenishmentPeriod = quota < 60 ? Minute / quota : TimeSpan.FromSeconds(1),
            QueueLimit = 0,
            AutoReplenishment = true,
        };
    }
}
