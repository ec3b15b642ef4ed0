-- What a right password is good for. The number is what the sign-in list calls it (MailSignInResult in Data/Words.cs); 0: it opens the mailbox.
CREATE FUNCTION mail_credential_obstacle(c mail_credential, account_password_for_mail boolean, wanted_protocol smallint, came_from inet) RETURNS smallint
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT (CASE WHEN c.expires_at <= now() THEN 5
                 WHEN wanted_protocol <> ALL (c.protocols) THEN 6
                 WHEN cardinality(c.networks) > 0 AND (came_from <<= ANY (c.networks::inet[])) IS NOT TRUE THEN 7
                 WHEN c.kind = 1 AND NOT account_password_for_mail THEN 8
                 ELSE 0 END)::smallint;
$$;

-- As before, and beside each verifier what it is good for. All are compared, also those that open nothing here: whoever comes with one is told
-- the same as with a wrong password, after the same work, and administrators learn which it was.
CREATE FUNCTION find_mail_login(wanted text, wanted_protocol smallint, came_from inet)
RETURNS TABLE (tenant_id uuid, mailbox_id uuid, address text, language text, pod_kind smallint, allowed boolean, decided_by smallint,
               salt bytea, iterations integer, credential_ids uuid[], stored_keys bytea[], obstacles smallint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner_tenant uuid := (SELECT d.tenant_id FROM domain d WHERE d.name = split_part(wanted, '@', 2) AND d.active_since IS NOT NULL);
    mailbox_found uuid := coalesce(
        (SELECT m.id FROM mailbox m WHERE m.tenant_id = owner_tenant AND m.address = wanted),
        (SELECT a.mailbox_id FROM mailbox_alias a WHERE a.tenant_id = owner_tenant AND a.address = wanted));
BEGIN
    RETURN QUERY
        SELECT m.tenant_id, m.id, m.address, coalesce(m.language, t.languages[1], 'en'), p.kind, e.allowed, e.decided_by,
               s.salt, s.iterations, coalesce(c.ids, '{}'), coalesce(c.keys, '{}'), coalesce(c.obstacles, '{}')
        FROM mailbox m
        JOIN tenant t ON t.id = m.tenant_id
        JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id
        JOIN effective_mail_access e ON e.tenant_id = owner_tenant AND e.mailbox_id = mailbox_found AND e.protocol = wanted_protocol
        LEFT JOIN mailbox_scram s ON s.tenant_id = m.tenant_id AND s.mailbox_id = m.id
        LEFT JOIN LATERAL (
            SELECT array_agg(k.id ORDER BY k.id) AS ids, array_agg(k.stored_key ORDER BY k.id) AS keys,
                   array_agg(mail_credential_obstacle(k, t.account_password_for_mail, wanted_protocol, came_from) ORDER BY k.id) AS obstacles
            FROM mail_credential k
            WHERE k.tenant_id = m.tenant_id AND k.mailbox_id = m.id AND k.revoked_at IS NULL) AS c ON true
        WHERE m.tenant_id = owner_tenant AND m.id = mailbox_found;
END $$;

-- For a process of the release before, while both run: it knows no limits of passwords, so it is shown those alone that open the mailbox.
CREATE OR REPLACE FUNCTION find_mail_login(wanted text, wanted_protocol smallint)
RETURNS TABLE (tenant_id uuid, mailbox_id uuid, address text, language text, pod_kind smallint, allowed boolean, decided_by smallint,
               salt bytea, iterations integer, credential_ids uuid[], stored_keys bytea[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY
        SELECT f.tenant_id, f.mailbox_id, f.address, f.language, f.pod_kind, f.allowed, f.decided_by, f.salt, f.iterations,
               ARRAY(SELECT u.id FROM unnest(f.credential_ids, f.obstacles) WITH ORDINALITY AS u (id, obstacle, n) WHERE u.obstacle = 0 ORDER BY u.n),
               ARRAY(SELECT u.key FROM unnest(f.stored_keys, f.obstacles) WITH ORDINALITY AS u (key, obstacle, n) WHERE u.obstacle = 0 ORDER BY u.n)
        FROM find_mail_login(wanted, wanted_protocol, NULL::inet) AS f;
END $$;

-- As before, and a session ends too when its password is no longer good for its protocol or its address.
CREATE FUNCTION find_overdue_mail_sessions(
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

DO $$
DECLARE
    entrance regprocedure;
BEGIN
    FOR entrance IN
        SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.proname IN ('find_mail_login', 'find_overdue_mail_sessions')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', entrance);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO portal_serving', entrance);
    END LOOP;
END $$;
