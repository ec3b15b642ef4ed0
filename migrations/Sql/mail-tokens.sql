CALL secure_tenant_table('mail_token_issuer');
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_token_issuer TO portal_serving;

-- Whose tokens open mailboxes of that domain. Asked by the domain alone, so that the answer says nothing about who exists in it.
CREATE FUNCTION find_mail_token_issuer(wanted_domain text)
RETURNS TABLE (tenant_id uuid, id uuid, issuer text, audience text, address_claim text, address_trust smallint,
               pop3_scope text, imap_scope text, smtp_scope text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.tenant_id, i.id, i.issuer, i.audience, i.address_claim, i.address_trust, i.pop3_scope, i.imap_scope, i.smtp_scope
    FROM domain d JOIN mail_token_issuer i ON i.tenant_id = d.tenant_id
    WHERE d.name = wanted_domain AND d.active_since IS NOT NULL;
$$;

-- Whether there is any sense in offering to take tokens: who may come is not known yet.
CREATE FUNCTION takes_mail_tokens() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM mail_token_issuer);
$$;

-- As before, and a session that was opened with a token ends when the tenant no longer takes such tokens.
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
                                 AND mail_credential_obstacle(c, t.account_password_for_mail, live.protocol, live.address) = 0)
                           AND NOT EXISTS (
                               SELECT FROM mail_token_issuer i WHERE i.tenant_id = live.tenant_id AND i.id = live.credential_id) THEN 3::smallint END AS why
          FROM unnest(of_tenants, of_mailboxes, of_protocols, of_credentials, of_addresses)
               WITH ORDINALITY AS live (tenant_id, mailbox_id, protocol, credential_id, address, n)) AS checked
    WHERE checked.why IS NOT NULL;
END $$;

REVOKE ALL ON FUNCTION find_mail_token_issuer, takes_mail_tokens FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_mail_token_issuer, takes_mail_tokens TO portal_serving;
