-- What is kept for a time and then forgotten, in all tenants at once. The change feed's is in entrances.sql.

CREATE FUNCTION trim_idempotency_records(older_than interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM idempotency_record WHERE created_at < now() - older_than;
$$;

-- An upload that is waiting to be applied, or being applied, stays until that is over.
CREATE FUNCTION trim_imports(older_than interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM import i
    WHERE i.created_at < now() - older_than
      AND NOT EXISTS (SELECT FROM operation o WHERE o.tenant_id = i.tenant_id AND o.id = i.operation_id AND o.state IN (1, 2));
$$;

REVOKE ALL ON FUNCTION trim_idempotency_records, trim_imports FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trim_idempotency_records, trim_imports TO portal_serving;
