-- UUIDv7 (RFC 9562, section 5.7) for set-based INSERTs: PostgreSQL 15 has none. Random bits of version 4, the first 48 replaced by
-- the time in milliseconds, the version nibble by 7.
CREATE FUNCTION new_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid;
$$;

-- The transaction that wrote an entry tells readers when no earlier entry can still appear.
ALTER TABLE change_feed ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
