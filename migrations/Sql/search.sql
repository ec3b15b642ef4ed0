-- Substring search. LIKE is not leakproof, so under row-level security it would look at every row of the table; this function runs as
-- the owner instead and checks the tenant itself. pg_trgm and btree_gin are trusted extensions: the database's owner may create them.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

ALTER TABLE mailbox ADD COLUMN search_text text COLLATE "C" NOT NULL
    GENERATED ALWAYS AS (address || ' ' || lower(display_name)) STORED;
CREATE INDEX ix_mailbox_search ON mailbox USING gin (tenant_id, search_text gin_trgm_ops);

-- At most "most" mailboxes whose address or name contains the needle (lower case, no wildcards), in no particular order.
CREATE FUNCTION search_mailboxes(tenant uuid, needle text, most integer) RETURNS TABLE (mailbox_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF tenant IS DISTINCT FROM current_tenant() THEN
        RAISE EXCEPTION 'Only the current tenant can be searched.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
        SELECT m.id FROM mailbox m
        WHERE m.tenant_id = tenant
          AND m.search_text LIKE '%' || replace(replace(replace(needle, '\', '\\'), '%', '\%'), '_', '\_') || '%'
        LIMIT most;
END $$;
