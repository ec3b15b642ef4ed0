CALL secure_tenant_table('protocol_log');
CALL secure_tenant_table('protocol_log_line');
GRANT SELECT, INSERT, UPDATE, DELETE ON protocol_log, protocol_log_line TO portal_serving;

CREATE FUNCTION active_protocol_logs() RETURNS TABLE (tenant_id uuid, mailbox_id uuid, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.tenant_id, l.mailbox_id, l.ends_at FROM protocol_log l WHERE l.ends_at > now();
$$;

CREATE FUNCTION trim_protocol_logs(older_than interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM protocol_log WHERE ends_at < now() - older_than;
$$;

REVOKE ALL ON FUNCTION active_protocol_logs, trim_protocol_logs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION active_protocol_logs, trim_protocol_logs TO portal_serving;
