DROP FUNCTION find_mail_token_issuer(text), takes_mail_tokens();

-- As the migration before left it.
CREATE OR REPLACE FUNCTION find_overdue_mail_sessions(
    of_tenants uuid[], of_mailboxes uuid[], of_protocols smallint[], of_credentials uuid[], of_addresses inet[])
RETURNS TABLE ("position" bigint, why smallint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT checked.n, checked.why
    FROM (SELECT live.n,
                 CASE WHEN NOT EXISTS (SELECT FROM mailbox m JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id
                                       WHERE m.tenant_id = live.tenant_id AND m.id = live.mailbox_id AND p.kind = 1) THEN 2::smallint
                      WHEN NOT (SELECT e.allowed FROM effective_mail_access e
                                WHERE e.tenant_id = live.tenant_id AND e.mailbox_id = live.mailbox_id AND e.protocol = live.protocol) THEN 1::smallint
                      WHEN live.credential_id IS NOT NULL AND NOT EXISTS (
                               SELECT FROM mail_credential c JOIN tenant t ON t.id = c.tenant_id
                               WHERE c.tenant_id = live.tenant_id AND c.id = live.credential_id AND c.revoked_at IS NULL
                                 AND mail_credential_obstacle(c, t.account_password_for_mail, live.protocol, live.address) = 0) THEN 3::smallint END AS why
          FROM unnest(of_tenants, of_mailboxes, of_protocols, of_credentials, of_addresses)
               WITH ORDINALITY AS live (tenant_id, mailbox_id, protocol, credential_id, address, n)) AS checked
    WHERE checked.why IS NOT NULL;
END $$;
