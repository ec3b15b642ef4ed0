-- With each membership comes what the tenant asks of a session that wants in: it is needed at every request, so it costs no second question.
DROP FUNCTION memberships_of(uuid);

CREATE FUNCTION memberships_of(person uuid)
RETURNS TABLE (tenant_id uuid, slug text, name text, role smallint, mailbox_id uuid, require_second_factor boolean, password_sign_in smallint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT t.id, t.slug, t.name, coalesce(m.role, 4::smallint), b.id, t.require_second_factor, t.password_sign_in
        FROM (SELECT m.tenant_id FROM member m WHERE m.user_id = person
              UNION SELECT b.tenant_id FROM mailbox b WHERE b.user_id = person) AS places
        JOIN tenant t ON t.id = places.tenant_id
        LEFT JOIN member m ON m.tenant_id = t.id AND m.user_id = person
        LEFT JOIN LATERAL (SELECT b.id FROM mailbox b WHERE b.tenant_id = t.id AND b.user_id = person ORDER BY b.address LIMIT 1) AS b ON true
        ORDER BY t.name;
END $$;

REVOKE ALL ON FUNCTION memberships_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memberships_of TO portal_serving;
