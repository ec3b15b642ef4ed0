using System.Globalization;

namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>
/// PostgreSQL's <c>pg_snapshot</c>, spelled <c>10:20:14,15</c>: transactions below 20 were over, except 14 and 15. A transaction that began
/// later, or was still open, is not seen.
/// </summary>
internal sealed class TransactionSnapshot
{
    private readonly ulong[] open;

    private TransactionSnapshot(ulong next, ulong[] open) => (Next, this.open) = (next, open);

    /// <summary>The first transaction that had not begun.</summary>
    public ulong Next { get; }

    public static TransactionSnapshot Parse(string text)
    {
        var parts = text.Split(':');
        return new(Number(parts[1]), [.. parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number).Order()]);
    }

    public bool Sees(ulong transaction) => transaction < Next && Array.BinarySearch(open, transaction) < 0;

    private static ulong Number(string text) => ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
