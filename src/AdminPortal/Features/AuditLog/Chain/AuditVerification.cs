namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>What can be wrong with a trail.</summary>
internal enum AuditFault
{
    /// <summary>An event does not say what was sealed, or what its digest says.</summary>
    EventAltered,

    /// <summary>A sealed event is gone.</summary>
    EventMissing,

    /// <summary>An event claims to be older than the last seal, and no seal lists it.</summary>
    EventInserted,

    /// <summary>An event claims a time that its transaction cannot have had.</summary>
    EventBackDated,

    /// <summary>A seal does not say what its hash says, or does not follow from the seal before.</summary>
    SealAltered,

    SealMissing,

    /// <summary>The events of a seal are gone, and the trail does not say that they were released.</summary>
    ReleaseNotOnRecord,

    /// <summary>A head of the chain that was kept elsewhere is not in it.</summary>
    AnchorNotFound,
}

/// <param name="Fault">What is wrong.</param>
/// <param name="Event">Which event; null where it is about a seal.</param>
/// <param name="Seal">Which seal; null for an event that none lists.</param>
/// <param name="Detail">What differs, in a sentence.</param>
internal sealed record AuditFinding(AuditFault Fault, long? Event, long? Seal, string Detail);

/// <summary>The last seal. Kept outside this database, it proves later that nothing up to it was changed, not even by its administrator.</summary>
/// <param name="Seal">Its number.</param>
/// <param name="Hash">Its hash, in hexadecimal.</param>
/// <param name="At">When it was made.</param>
internal sealed record ChainHead(long Seal, string Hash, DateTimeOffset At);

/// <param name="Intact">Nothing was found.</param>
/// <param name="VerifiedAt">When, by the database's clock.</param>
/// <param name="Events">How many events there are.</param>
/// <param name="Unsealed">How many of them came after the last seal: the tail, of which each was compared with its own digest.</param>
/// <param name="Seals">How many links the chain has.</param>
/// <param name="ReleasedSeals">Of how many the events were released, at the end of the time they are kept.</param>
/// <param name="Head">The last seal; null before the first.</param>
/// <param name="Findings">What is wrong, at most the first hundred.</param>
/// <param name="FindingCount">How many there are.</param>
internal sealed record AuditVerification(
    bool Intact, DateTimeOffset VerifiedAt, long Events, long Unsealed, long Seals, long ReleasedSeals, ChainHead? Head,
    IReadOnlyList<AuditFinding> Findings, long FindingCount);
