DROP FUNCTION find_bearer(bytea);
CREATE FUNCTION find_bearer(wanted bytea)
RETURNS TABLE (id uuid, tenant_id uuid, name text, scopes text[], expires_at timestamptz, revoked_at timestamptz, user_id uuid, user_name text,
               display_name text, language text, is_platform_admin boolean, security_stamp text, slug text, tenant_name text, role smallint,
               mailbox_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT k.id, k.tenant_id, k.name, k.scopes, k.expires_at, k.revoked_at, u.id, u.user_name::text, u.display_name, u.language,
               u.is_platform_admin, u.security_stamp, t.slug, t.name,
               CASE WHEN m.user_id IS NOT NULL THEN m.role WHEN b.id IS NOT NULL THEN 4::smallint END, b.id
        FROM api_token k
        JOIN portal_user u ON u.id = k.user_id
        LEFT JOIN tenant t ON t.id = k.tenant_id
        LEFT JOIN member m ON m.tenant_id = k.tenant_id AND m.user_id = k.user_id
        LEFT JOIN LATERAL (
            SELECT o.id FROM mailbox o WHERE o.user_id = k.user_id AND o.tenant_id = k.tenant_id ORDER BY o.address LIMIT 1) AS b ON true
        WHERE k.hash = wanted;
END $$;

DROP FUNCTION touch_api_token(uuid, text);
CREATE FUNCTION touch_api_token(token uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE api_token SET last_used_at = now()
    WHERE id = token AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');
$$;

REVOKE ALL ON FUNCTION find_bearer, touch_api_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_bearer, touch_api_token TO portal_serving;
