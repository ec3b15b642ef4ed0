-- The entrances that look across tenants, each answering one narrow question. They run as the owner (SECURITY DEFINER), whose policy
-- sees every row; the serving role may call them and nothing more. Data/CrossTenant.cs is their only caller.

CREATE FUNCTION find_tenant(slug_or_id text) RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.slug, t.name FROM tenant t
    WHERE t.slug = lower(slug_or_id) OR t.id::text = lower(slug_or_id);
$$;

CREATE FUNCTION list_tenants() RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.slug, t.name FROM tenant t ORDER BY t.name, t.id;
$$;

CREATE FUNCTION find_tenant_of_domain(wanted text) RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.slug, t.name FROM domain d JOIN tenant t ON t.id = d.tenant_id
    WHERE d.name = wanted AND d.active_since IS NOT NULL;
$$;

-- A member's role, and mailbox ownership (role 4) for whoever is no member there. Asked at every request: a function in plpgsql keeps its
-- plan for the connection, one in sql is planned at each call.
CREATE FUNCTION memberships_of(person uuid) RETURNS TABLE (tenant_id uuid, slug text, name text, role smallint, mailbox_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT t.id, t.slug, t.name, coalesce(m.role, 4::smallint), b.id
        FROM (SELECT m.tenant_id FROM member m WHERE m.user_id = person
              UNION SELECT b.tenant_id FROM mailbox b WHERE b.user_id = person) AS places
        JOIN tenant t ON t.id = places.tenant_id
        LEFT JOIN member m ON m.tenant_id = t.id AND m.user_id = person
        LEFT JOIN LATERAL (SELECT b.id FROM mailbox b WHERE b.tenant_id = t.id AND b.user_id = person ORDER BY b.address LIMIT 1) AS b ON true
        ORDER BY t.name;
END $$;

CREATE FUNCTION find_api_token(wanted bytea)
RETURNS TABLE (id uuid, tenant_id uuid, name text, user_id uuid, scopes text[], expires_at timestamptz, revoked_at timestamptz,
               is_platform_admin boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT t.id, t.tenant_id, t.name, t.user_id, t.scopes, t.expires_at, t.revoked_at, u.is_platform_admin
        FROM api_token t JOIN portal_user u ON u.id = t.user_id
        WHERE t.hash = wanted;
END $$;

CREATE FUNCTION touch_api_token(token uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE api_token SET last_used_at = now()
    WHERE id = token AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');
$$;

-- Fence: a worker that lost its lease may not finish what another has taken up.
CREATE FUNCTION claim_operation(lease interval) RETURNS TABLE (tenant_id uuid, id uuid, kind text, fence integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE operation AS o
    SET state = 2, lease_until = now() + lease, fence = o.fence + 1, started_at = coalesce(o.started_at, now()), version = o.version + 1
    FROM (SELECT p.tenant_id, p.id FROM operation p
          WHERE p.state = 1 OR (p.state = 2 AND p.lease_until < now())
          ORDER BY p.created_at
          LIMIT 1
          FOR UPDATE SKIP LOCKED) AS next
    WHERE o.tenant_id = next.tenant_id AND o.id = next.id
    RETURNING o.tenant_id, o.id, o.kind, o.fence;
$$;

-- The position at which a new reader starts: every entry below it was committed or will never be.
CREATE FUNCTION change_feed_start() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT min(c.id) - 1 FROM change_feed c WHERE c.xact >= pg_snapshot_xmin(pg_current_snapshot())),
                    (SELECT max(c.id) FROM change_feed c), 0);
$$;

-- settled: no transaction that is still open can add an entry with a lower id.
CREATE FUNCTION change_feed_since("position" bigint) RETURNS TABLE (id bigint, tenant_id uuid, mailbox_id uuid, settled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id, c.tenant_id, c.mailbox_id, c.xact < pg_snapshot_xmin(pg_current_snapshot())
    FROM change_feed c WHERE c.id > "position" ORDER BY c.id;
$$;

CREATE FUNCTION trim_change_feed(older_than interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM change_feed WHERE at < now() - older_than;
$$;

-- All that one login needs: who, whether it is allowed now, and the verifiers. Access is decided for the mailbox that is acted for.
-- Two steps, so that the view is asked about one known mailbox: joined in one statement it is planned for many (seconds at a million).
CREATE FUNCTION find_mail_login(wanted text, wanted_protocol smallint)
RETURNS TABLE (tenant_id uuid, mailbox_id uuid, address text, language text, pod_kind smallint, allowed boolean, decided_by smallint,
               salt bytea, iterations integer, credential_ids uuid[], stored_keys bytea[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner_tenant uuid := (SELECT d.tenant_id FROM domain d WHERE d.name = split_part(wanted, '@', 2));
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

CREATE FUNCTION find_service_login(wanted text) RETURNS TABLE (tenant_id uuid, password_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id, s.password_hash FROM service_credential s JOIN pod p ON p.tenant_id = s.tenant_id AND p.id = s.pod_id
    WHERE s.user_name = wanted AND s.password_hash IS NOT NULL AND p.kind = 1;
$$;

-- By default everybody may execute a function: only the serving role shall.
DO $$
DECLARE
    entrance regprocedure;
BEGIN
    FOR entrance IN
        SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.prosecdef
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', entrance);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO portal_serving', entrance);
    END LOOP;
END $$;
