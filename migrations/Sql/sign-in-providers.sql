CALL secure_tenant_table('sign_in_provider');
CALL secure_tenant_table('sign_in_role_rule');
CALL secure_tenant_table('sign_in_link');
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_provider, sign_in_role_rule, sign_in_link TO portal_serving;

-- What the sign-in page may offer before anybody is known: by the tenant's short name, or by a domain that is proven to be its own.
CREATE FUNCTION sign_in_providers_of(slug_or_domain text) RETURNS TABLE (slug text, provider_id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.slug, p.id, p.name
    FROM tenant t JOIN sign_in_provider p ON p.tenant_id = t.id
    WHERE p.enabled
      AND (t.slug = slug_or_domain
           OR t.id = (SELECT d.tenant_id FROM domain d WHERE d.name = slug_or_domain AND d.active_since IS NOT NULL))
    ORDER BY p.name, p.id;
$$;

REVOKE ALL ON FUNCTION sign_in_providers_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_providers_of TO portal_serving;
