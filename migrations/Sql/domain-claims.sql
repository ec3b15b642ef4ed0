-- A claimed domain that is not proven counts for nothing. Several tenants may claim one name, so a name alone no longer tells a row.
CREATE OR REPLACE FUNCTION find_mail_login(wanted text, wanted_protocol smallint)
RETURNS TABLE (tenant_id uuid, mailbox_id uuid, address text, language text, pod_kind smallint, allowed boolean, decided_by smallint,
               salt bytea, iterations integer, credential_ids uuid[], stored_keys bytea[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner_tenant uuid := (SELECT d.tenant_id FROM domain d WHERE d.name = split_part(wanted, '@', 2) AND d.active_since IS NOT NULL);
    mailbox_found uuid := coalesce(
        (SELECT m.id FROM mailbox m WHERE m.tenant_id = owner_tenant AND m.address = wanted),
        (SELECT a.mailbox_id FROM mailbox_alias a WHERE a.tenant_id = owner_tenant AND a.address = wanted));
BEGIN
    RETURN QUERY
        SELECT m.tenant_id, m.id, m.address, coalesce(m.language, t.languages[1], 'en'), p.kind, e.allowed, e.decided_by,
               s.salt, s.iterations, coalesce(c.ids, '{}'), coalesce(c.keys, '{}')
        FROM mailbox m
        JOIN tenant t ON t.id = m.tenant_id
        JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id
        JOIN effective_mail_access e ON e.tenant_id = owner_tenant AND e.mailbox_id = mailbox_found AND e.protocol = wanted_protocol
        LEFT JOIN mailbox_scram s ON s.tenant_id = m.tenant_id AND s.mailbox_id = m.id
        LEFT JOIN LATERAL (
            SELECT array_agg(k.id ORDER BY k.id) AS ids, array_agg(k.stored_key ORDER BY k.id) AS keys
            FROM mail_credential k
            WHERE k.tenant_id = m.tenant_id AND k.mailbox_id = m.id AND k.revoked_at IS NULL
              AND (k.expires_at IS NULL OR k.expires_at > now())) AS c ON true
        WHERE m.tenant_id = owner_tenant AND m.id = mailbox_found;
END $$;

-- Takes claims that are due, and says when they are due next: after one minute, two, four … six hours. A claim that a process takes and does
-- not come to is looked at again then.
CREATE FUNCTION claim_due_domains(moment timestamptz, most integer) RETURNS TABLE (tenant_id uuid, id uuid, claimed_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE domain AS d
    SET checks = d.checks + 1, next_check_at = moment + least(interval '6 hours', interval '1 minute' * power(2, least(d.checks, 9)))
    FROM (SELECT c.tenant_id, c.id FROM domain c
          WHERE c.active_since IS NULL AND c.next_check_at <= moment
          ORDER BY c.next_check_at
          LIMIT most
          FOR UPDATE SKIP LOCKED) AS due
    WHERE d.tenant_id = due.tenant_id AND d.id = due.id
    RETURNING d.tenant_id, d.id, d.claimed_at;
$$;

REVOKE ALL ON FUNCTION claim_due_domains FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_due_domains TO portal_serving;
