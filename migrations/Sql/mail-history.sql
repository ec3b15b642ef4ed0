-- What a folder remembers of its expunges is bounded; what it holds is counted.

UPDATE mail_folder f SET
    remembered = (SELECT count(*) FROM mail_expunged e WHERE e.tenant_id = f.tenant_id AND e.folder_id = f.id),
    octets = (SELECT coalesce(sum(m.size), 0) FROM mail_message m WHERE m.tenant_id = f.tenant_id AND m.folder_id = f.id);

-- Whoever brings or removes messages holds the folder's row already, so this waits for nobody. A folder that goes with its messages is not there
-- any more.
CREATE FUNCTION count_mail_octets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mail_folder f SET octets = f.octets + CASE TG_OP WHEN 'INSERT' THEN c.octets ELSE -c.octets END
    FROM (SELECT x.tenant_id, x.folder_id, sum(x.size)::bigint AS octets FROM changed x GROUP BY x.tenant_id, x.folder_id) AS c
    WHERE f.tenant_id = c.tenant_id AND f.id = c.folder_id;
    RETURN NULL;
END $$;
CREATE TRIGGER mail_message_arrives AFTER INSERT ON mail_message
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_mail_octets();
CREATE TRIGGER mail_message_leaves AFTER DELETE ON mail_message
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_mail_octets();
