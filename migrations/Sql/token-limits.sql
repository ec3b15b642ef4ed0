-- A token may be used from some networks only, and while it is being replaced two secrets open it. As before a look-up finds the token, its
-- owner and the owner's place; where the older secret was given, the token ends when that one does. An older build reads the same columns.
DROP FUNCTION find_bearer(bytea);
CREATE FUNCTION find_bearer(wanted bytea)
RETURNS TABLE (id uuid, tenant_id uuid, name text, scopes text[], expires_at timestamptz, revoked_at timestamptz, user_id uuid, user_name text,
               display_name text, language text, is_platform_admin boolean, security_stamp text, slug text, tenant_name text, role smallint,
               mailbox_id uuid, networks text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT k.id, k.tenant_id, k.name, k.scopes,
               CASE WHEN k.hash = wanted THEN k.expires_at ELSE least(k.expires_at, k.previous_until) END,
               k.revoked_at, u.id, u.user_name::text, u.display_name, u.language, u.is_platform_admin, u.security_stamp, t.slug, t.name,
               -- As memberships_of says: a member's role, else the owner of a mailbox (4), else no place there.
               CASE WHEN m.user_id IS NOT NULL THEN m.role WHEN b.id IS NOT NULL THEN 4::smallint END, b.id, k.networks
        FROM api_token k
        JOIN portal_user u ON u.id = k.user_id
        LEFT JOIN tenant t ON t.id = k.tenant_id
        LEFT JOIN member m ON m.tenant_id = k.tenant_id AND m.user_id = k.user_id
        LEFT JOIN LATERAL (
            SELECT o.id FROM mailbox o WHERE o.user_id = k.user_id AND o.tenant_id = k.tenant_id ORDER BY o.address LIMIT 1) AS b ON true
        WHERE k.hash = wanted OR k.previous_hash = wanted;
END $$;

DROP FUNCTION touch_api_token(uuid);
CREATE FUNCTION touch_api_token(token uuid, used_from text DEFAULT NULL) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE api_token SET last_used_at = now(), last_used_from = coalesce(used_from, last_used_from)
    WHERE id = token AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');
$$;

REVOKE ALL ON FUNCTION find_bearer, touch_api_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_bearer, touch_api_token TO portal_serving;
