-- Row-level security. Every table that carries tenant_id is walled by secure_tenant_table; a test names a table that is not.
-- Policies are FORCEd, so that they bind the owner too; the owner (migrator, and the functions of entrances.sql) has one of its own.

CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    -- A custom setting that was once set reads '' after the reset, not null: without nullif every later query would fail.
    RETURN nullif(current_setting('app.tenant', true), '')::uuid;

CREATE PROCEDURE secure_tenant_table(target regclass, tenant_column text DEFAULT 'tenant_id') LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    -- In a SELECT of its own the setting is read once for a statement, not once for a row.
    EXECUTE format('CREATE POLICY own_tenant ON %s TO portal_serving USING (%I = (SELECT nullif(current_setting(''app.tenant'', true), '''')::uuid))',
                   target, tenant_column);
    EXECUTE format('CREATE POLICY owner_sees_all ON %s TO %I USING (true)', target, current_user);
END $$;

DO $$
DECLARE
    target regclass;
BEGIN
    FOR target IN
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attname = 'tenant_id'
    LOOP
        CALL secure_tenant_table(target);
    END LOOP;
    CALL secure_tenant_table('tenant', 'id');
END $$;

GRANT USAGE ON SCHEMA public TO portal_serving;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_serving;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_serving;
REVOKE ALL ON "__EFMigrationsHistory" FROM portal_serving;

-- The audit trail is append-only twice: by grant, and by trigger for whoever has more rights than the serving role.
REVOKE UPDATE, DELETE ON audit_event FROM portal_serving;

CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Audit events are append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_event_is_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER audit_event_is_not_emptied BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
