using System.Security.Claims;
using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>What a session's cookie says about how it was begun. Whoever signs somebody in adds these claims to the session's own.</summary>
internal static class SessionClaims
{
    /// <summary>The id of the tenant whose provider vouched for the person; absent where the portal itself knew them.</summary>
    private const string VouchedBy = "vouched_by";

    public static IEnumerable<Claim> Of(SessionProof proof) => proof.VouchedBy is { } tenant ? [new(VouchedBy, tenant.ToString())] : [];

    public static SessionProof Read(ClaimsPrincipal session) =>
        session.FindFirstValue(VouchedBy) is { } tenant ? new(Guid.Parse(tenant)) : SessionProof.Own;
}
