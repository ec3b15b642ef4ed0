-- The audit trail proves itself. Every event carries a digest, written with it; a worker seals the events of each tenant into a chain.
-- A seal lists what it covers: which transactions are over when it is made is exactly known (a snapshot), so that a transaction that
-- commits late is neither skipped nor taken for a forgery, and nobody who writes ever waits for the chain.

-- Which transaction wrote it, and what it said. The serving role can write neither, nor the time, nor the id.
ALTER TABLE audit_event ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id(), ADD COLUMN digest bytea;

-- Its fields in PostgreSQL's own binary form, with types and lengths, so that no two events are spelled alike. Texts as UTF-8, whatever the
-- client's encoding. Features/AuditLog/AuditDigest.cs spells it too: verification trusts no function of this database.
CREATE FUNCTION write_audit_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.digest := sha256(record_send(ROW(
        NEW.tenant_id, NEW.id, NEW.at, NEW.xact, convert_to(NEW.actor_name, 'UTF8'), NEW.actor_kind, NEW.actor_id,
        convert_to(NEW.action, 'UTF8'), convert_to(NEW.target_kind, 'UTF8'), NEW.target_id, convert_to(NEW.target, 'UTF8'),
        convert_to(NEW.before::text, 'UTF8'), convert_to(NEW.after::text, 'UTF8'), convert_to(NEW.reason, 'UTF8'), NEW.operation_id,
        convert_to(NEW.remote_address, 'UTF8'), convert_to(NEW.user_agent, 'UTF8'))));
    RETURN NEW;
END $$;

-- Events from before this script get their digest now; the trigger that refuses changes rests for that one statement.
ALTER TABLE audit_event DISABLE TRIGGER audit_event_is_append_only;
CREATE TRIGGER digest_of_older_events BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION write_audit_digest();
UPDATE audit_event SET digest = NULL;
DROP TRIGGER digest_of_older_events ON audit_event;
ALTER TABLE audit_event ENABLE TRIGGER audit_event_is_append_only;
ALTER TABLE audit_event ALTER COLUMN digest SET NOT NULL;

CREATE TRIGGER audit_event_has_digest BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION write_audit_digest();
CREATE INDEX ix_audit_event_xact ON audit_event (xact);

REVOKE INSERT ON audit_event FROM portal_serving;
GRANT INSERT (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target_id, target, before, after, reason, operation_id,
              remote_address, user_agent) ON audit_event TO portal_serving;

-- Between since and at, what the second snapshot sees and the first does not was sealed. leaves: for each event its id (8 octets) and digest
-- (32), in the order of ids; gone once the events were released, at the end of their time. root: SHA-256 of the leaves.
ALTER TABLE audit_seal
    ADD COLUMN since timestamptz NOT NULL,
    ADD COLUMN since_snapshot pg_snapshot NOT NULL,
    ADD COLUMN snapshot pg_snapshot NOT NULL,
    ADD COLUMN leaves bytea,
    ADD COLUMN root bytea NOT NULL,
    ADD COLUMN previous bytea NOT NULL;
CALL secure_tenant_table('audit_seal');
GRANT SELECT ON audit_seal TO portal_serving;

CREATE FUNCTION refuse_change_of_seals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.leaves IS NULL AND to_jsonb(NEW) - 'leaves' = to_jsonb(OLD) - 'leaves' THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'Seals of the audit trail are append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_seals();
CREATE TRIGGER audit_seal_is_not_emptied BEFORE TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- How far the sealing of all tenants has come.
CREATE TABLE audit_position (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL,
    snapshot pg_snapshot NOT NULL
);
INSERT INTO audit_position (at, snapshot) VALUES ('epoch', '1:1:');
GRANT SELECT ON audit_position TO portal_serving;

CREATE FUNCTION leaves_of(seal audit_seal) RETURNS SETOF bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || encode(substring(seal.leaves FROM place FOR 8), 'hex'))::bit(64)::bigint FROM generate_series(1, octet_length(seal.leaves), 40) AS place;
$$;

-- Seals what was committed since the last call, in all tenants. Only one call at a time works; another returns at once.
CREATE FUNCTION seal_audit_events() RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was audit_position;
    sees pg_snapshot;
    was_restored boolean;
    seals integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(x'4175646974'::bigint) THEN RETURN 0; END IF;
    SELECT * INTO STRICT was FROM audit_position;
    -- Each statement sees what is committed when it begins; what is sealed is what this snapshot sees, no more.
    sees := pg_current_snapshot();

    -- A dump that was restored into a new cluster counts its transactions anew: once, all that no seal lists is sealed.
    was_restored := pg_snapshot_xmax(was.snapshot) > pg_snapshot_xmax(sees);
    IF was_restored THEN
        LOCK TABLE audit_event IN SHARE MODE;
        sees := pg_current_snapshot();
    END IF;

    WITH fresh AS (
        SELECT e.tenant_id, count(*)::integer AS events, min(e.id) AS first_event, max(e.id) AS last_event,
               string_agg(int8send(e.id) || e.digest, ''::bytea ORDER BY e.id) AS leaves
        FROM audit_event e
        WHERE CASE WHEN was_restored
                   THEN NOT EXISTS (SELECT FROM audit_seal s, leaves_of(s) AS listed WHERE s.tenant_id = e.tenant_id AND listed = e.id)
                   ELSE NOT pg_visible_in_snapshot(e.xact, was.snapshot) AND pg_visible_in_snapshot(e.xact, sees) END
          AND e.xact >= CASE WHEN was_restored THEN '0'::xid8 ELSE pg_snapshot_xmin(was.snapshot) END
        GROUP BY e.tenant_id),
    chained AS (
        SELECT f.*, sha256(f.leaves) AS root, coalesce(s.number, 0) + 1 AS number, coalesce(s.hash, ''::bytea) AS previous, clock_timestamp() AS at
        FROM fresh f
        LEFT JOIN LATERAL (SELECT s.number, s.hash FROM audit_seal s WHERE s.tenant_id = f.tenant_id ORDER BY s.number DESC LIMIT 1) AS s ON true)
    INSERT INTO audit_seal (tenant_id, number, at, since, since_snapshot, snapshot, events, first_event, last_event, leaves, root, previous, hash)
    SELECT c.tenant_id, c.number, c.at, was.at, was.snapshot, sees, c.events, c.first_event, c.last_event, c.leaves, c.root, c.previous,
           sha256(record_send(ROW(c.tenant_id, c.number, c.at, was.at, was.snapshot, sees, c.events, c.first_event, c.last_event, c.root, c.previous)))
    FROM chained c;
    GET DIAGNOSTICS seals = ROW_COUNT;

    -- An idle system writes once a minute: so the next seal can say that nothing older was there to be sealed.
    IF seals > 0 OR was_restored OR was.at < clock_timestamp() - interval '1 minute' THEN
        UPDATE audit_position SET at = clock_timestamp(), snapshot = sees;
    END IF;
    RETURN seals;
END $$;

-- How long a tenant keeps its trail; without a row for ever.
CALL secure_tenant_table('audit_retention');
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_retention TO portal_serving;

-- The one way in which an event goes: with all that its seal covers, when the tenant's time is over.
CREATE OR REPLACE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('app.releasing', true) = OLD.tenant_id::text THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION 'Audit events are append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;

-- Whole seals from the beginning of the chain. The seals stay, so that the chain still proves itself, and the trail says what went.
CREATE FUNCTION release_audit_events() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due record;
    gone bigint;
    total bigint := 0;
BEGIN
    FOR due IN
        SELECT s.tenant_id, max(s.number) AS number, max(s.at) AS at FROM audit_retention r JOIN audit_seal s ON s.tenant_id = r.tenant_id
        WHERE s.leaves IS NOT NULL AND s.at < now() - make_interval(days => r.keep_days)
        GROUP BY s.tenant_id
    LOOP
        PERFORM set_config('app.releasing', due.tenant_id::text, true);
        DELETE FROM audit_event e USING audit_seal s, leaves_of(s) AS listed
        WHERE s.tenant_id = due.tenant_id AND s.number <= due.number AND s.leaves IS NOT NULL AND e.tenant_id = s.tenant_id AND e.id = listed;
        GET DIAGNOSTICS gone = ROW_COUNT;
        UPDATE audit_seal s SET leaves = NULL WHERE s.tenant_id = due.tenant_id AND s.number <= due.number AND s.leaves IS NOT NULL;
        PERFORM set_config('app.releasing', '', true);
        INSERT INTO audit_event (tenant_id, actor_name, actor_kind, action, target_kind, target, after)
        VALUES (due.tenant_id, 'system', 3, 'audit.released', 'audit', 'audit', jsonb_build_object('seals', due.number, 'events', gone, 'until', due.at));
        total := total + gone;
    END LOOP;
    RETURN total;
END $$;

REVOKE ALL ON FUNCTION seal_audit_events, release_audit_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_audit_events, release_audit_events TO portal_serving;
