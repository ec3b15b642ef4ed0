DROP FUNCTION active_protocol_logs(), trim_protocol_logs(interval);
