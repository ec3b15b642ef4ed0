namespace AdminPortal.LocalPostgres;

/// <summary>The cluster cannot be run here; the message is written for the person at the terminal and says what to do.</summary>
public sealed class LocalPostgresException(string message, Exception? inner = null) : Exception(message, inner);
