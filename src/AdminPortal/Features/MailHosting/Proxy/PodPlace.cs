using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Store;

namespace AdminPortal.Features.MailHosting.Proxy;

/// <summary>Where a mailbox is kept, as the tenant's settings say, with the credential that signs in there.</summary>
/// <param name="Pod">The mail server, with what of it concerns one protocol.</param>
/// <param name="Credential">Null where none is set.</param>
internal sealed record PodPlace(Pod Pod, ServiceCredential? Credential)
{
    /// <summary>Behind the tenant's wall, in one question.</summary>
    public static Task<PodPlace?> FindAsync(MailDatabase database, MailLogin mailbox, CancellationToken cancellationToken) => database.InTenantAsync(
        mailbox.TenantId,
        async connection =>
        {
            await using var command = Sql.Command(
                connection,
                """
                SELECT p.id, p.name, p.kind, p.host, p.security, p.imap_port, p.pop3_port, p.submission_port, c.id, c.user_name, c.protected_password
                FROM mailbox m
                JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id
                LEFT JOIN LATERAL (
                    SELECT s.id, s.user_name, s.protected_password FROM service_credential s
                    WHERE s.tenant_id = p.tenant_id AND s.pod_id = p.id ORDER BY s.id LIMIT 1) AS c ON true
                WHERE m.tenant_id = $1 AND m.id = $2
                """,
                mailbox.TenantId, mailbox.MailboxId);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken)) return null;
            var pod = new Pod
            {
                TenantId = mailbox.TenantId,
                Id = reader.GetGuid(0),
                Name = reader.GetString(1),
                Kind = (PodKind)reader.GetInt16(2),
                Host = reader.IsDBNull(3) ? null : reader.GetString(3),
                Security = (ConnectionSecurity)reader.GetInt16(4),
                ImapPort = reader.IsDBNull(5) ? null : reader.GetInt32(5),
                Pop3Port = reader.IsDBNull(6) ? null : reader.GetInt32(6),
                SubmissionPort = reader.IsDBNull(7) ? null : reader.GetInt32(7),
            };
            return new PodPlace(pod, reader.IsDBNull(8) ? null : new()
            {
                TenantId = mailbox.TenantId,
                Id = reader.GetGuid(8),
                PodId = pod.Id,
                UserName = reader.GetString(9),
                ProtectedPassword = reader.GetFieldValue<byte[]>(10),
            });
        },
        cancellationToken);
}
