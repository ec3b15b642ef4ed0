DROP FUNCTION seal_audit_events, release_audit_events;
DROP FUNCTION leaves_of;
DROP TABLE audit_position;
DROP TRIGGER audit_seal_is_append_only ON audit_seal;
DROP TRIGGER audit_seal_is_not_emptied ON audit_seal;
DROP FUNCTION refuse_change_of_seals;
REVOKE INSERT (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target_id, target, before, after, reason, operation_id,
               remote_address, user_agent) ON audit_event FROM portal_serving;
GRANT INSERT ON audit_event TO portal_serving;
DROP TRIGGER audit_event_has_digest ON audit_event;
DROP FUNCTION write_audit_digest;
ALTER TABLE audit_event DROP COLUMN xact, DROP COLUMN digest;
CREATE OR REPLACE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Audit events are append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
