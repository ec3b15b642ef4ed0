-- A token that belongs to no tenant lies behind no tenant's wall, so the serving role cannot write it by itself. Only somebody who
-- administers the platform at that moment can be given one.
CREATE FUNCTION create_platform_token(token uuid, token_name text, shown text, token_hash bytea, owner uuid, token_scopes text[], expires timestamptz)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO api_token (id, tenant_id, name, prefix, hash, user_id, scopes, created_at, expires_at, version)
    SELECT token, NULL, token_name, shown, token_hash, u.id, token_scopes, now(), expires, 1
    FROM portal_user u WHERE u.id = owner AND u.is_platform_admin
    RETURNING true;
$$;

REVOKE ALL ON FUNCTION create_platform_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_platform_token TO portal_serving;
