-- Who was refused stands in the trail too: administrators' sign-ins, tokens that are good no more, and what a role or a scope does not allow.
-- The first refusal of a kind is written at once; what follows it within the hour is counted here, and the count is written when the hour is
-- over. So a thousand attempts are two events, and the trail stays append-only.
CREATE TABLE refusal (
    tenant_id uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
    key bytea NOT NULL,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    count integer NOT NULL DEFAULT 1,
    actor_name text NOT NULL,
    actor_kind smallint NOT NULL,
    actor_id uuid,
    action text NOT NULL,
    target_kind text NOT NULL,
    target text NOT NULL,
    reason text NOT NULL,
    remote_address text,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX ix_refusal_first_at ON refusal (first_at);
CALL secure_tenant_table('refusal');

-- In the one tenant, or in all where the person is a member; whose name is nobody's has no tenant, and so no event. A tenant in which very much
-- is refused is told so once, without names: whoever comes from many addresses at once does not fill its trail either.
CREATE FUNCTION note_refusal(one_tenant uuid, member_id uuid, kind smallint, who uuid, who_name text, what text, of_kind text, of_what text, why text,
                             address text, agent text, most integer)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place uuid;
    found_key bytea := sha256(convert_to(concat_ws(E'\x1f', what, who, of_what, why, address), 'UTF8'));
BEGIN
    IF what NOT IN ('session.refused', 'token.refused', 'access.refused') THEN
        RAISE EXCEPTION 'This function notes refusals alone.' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR place IN SELECT one_tenant WHERE one_tenant IS NOT NULL UNION SELECT m.tenant_id FROM member m WHERE m.user_id = member_id LOOP
        UPDATE refusal r SET count = r.count + 1, last_at = now() WHERE r.tenant_id = place AND r.key = found_key;
        CONTINUE WHEN FOUND;
        IF (SELECT count(*) FROM refusal r WHERE r.tenant_id = place) >= most THEN
            PERFORM note_refusal_of(place, '\x00', 3::smallint, NULL, 'system', what, 'tenant', '', 'many', NULL, NULL);
        ELSE
            PERFORM note_refusal_of(place, found_key, kind, who, who_name, what, of_kind, of_what, why, address, agent);
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION note_refusal_of(place uuid, found_key bytea, kind smallint, who uuid, who_name text, what text, of_kind text, of_what text, why text,
                                address text, agent text)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO refusal (tenant_id, key, actor_name, actor_kind, actor_id, action, target_kind, target, reason, remote_address)
    VALUES (place, found_key, who_name, kind, who, what, of_kind, of_what, why, address)
    ON CONFLICT (tenant_id, key) DO NOTHING;
    IF FOUND THEN
        INSERT INTO audit_event (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target, reason, remote_address, user_agent)
        VALUES (place, who_name, kind, who, what, of_kind, of_what, why, address, agent);
    ELSE
        -- Another was first at the same moment.
        UPDATE refusal r SET count = r.count + 1, last_at = now() WHERE r.tenant_id = place AND r.key = found_key;
    END IF;
END $$;

-- Writes the counts whose hour is over, and begins anew.
CREATE FUNCTION close_refusals(lasted interval) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    closed integer;
BEGIN
    WITH due AS (DELETE FROM refusal r WHERE r.first_at <= now() - lasted RETURNING r.*)
    INSERT INTO audit_event (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target, reason, remote_address, after)
    SELECT tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target, reason, remote_address,
           jsonb_build_object('times', count, 'from', first_at, 'until', last_at)
    FROM due WHERE count > 1;
    GET DIAGNOSTICS closed = ROW_COUNT;
    RETURN closed;
END $$;

-- The end of each tenant's chain, to be kept outside this database.
CREATE FUNCTION audit_heads() RETURNS TABLE (slug text, number bigint, at timestamptz, hash bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT t.slug, s.number, s.at, s.hash
        FROM tenant t
        CROSS JOIN LATERAL (SELECT s.number, s.at, s.hash FROM audit_seal s WHERE s.tenant_id = t.id ORDER BY s.number DESC LIMIT 1) AS s
        ORDER BY t.slug;
END $$;

REVOKE ALL ON FUNCTION note_refusal, note_refusal_of, close_refusals, audit_heads FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_refusal, close_refusals, audit_heads TO portal_serving;
