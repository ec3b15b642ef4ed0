namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>The closed list of what a check can find wrong. Pages word each one; the API says it in camelCase.</summary>
internal enum FailureCause
{
    NameNotFound,
    ConnectionRefused,
    ConnectionTimedOut,
    WrongProtocol,
    TlsExpected,
    StartTlsExpected,
    StartTlsMissing,
    TlsVersion,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateWrongName,
    CertificateUntrusted,
    PlaintextRefused,
    MechanismMissing,
    WrongPassword,
    ProtocolDisabled,
    AccountLocked,
    TooManyConnections,
    ServerBusy,
    TimedOut,
    ProtocolError,
    DeniedByPolicy,
    IdleMissing,
    RoundTripLost,
}
