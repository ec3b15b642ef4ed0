-- The mail store: what its tables need beyond EF Core's words, and the entrances through which the mail server looks across tenants.

CALL secure_tenant_table('mail_store');
CALL secure_tenant_table('mail_subscription');
CALL secure_tenant_table('mail_expunged');
CALL secure_tenant_table('mail_garbage');
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_store, mail_subscription, mail_expunged, mail_garbage TO portal_serving;

-- Mail is read in slices, and a slice of an uncompressed value is found without reading what comes before it.
ALTER TABLE mail_content ALTER COLUMN body SET STORAGE EXTERNAL;

-- EXPUNGE finds the few messages with \Deleted (8) among the many without.
CREATE INDEX ix_mail_message_deleted ON mail_message (tenant_id, folder_id, uid) WHERE flags & 8 <> 0;

-- INBOX and the special folders (RFC 6154), once for a mailbox, however many ask at the same moment: the others wait and find them made.
CREATE FUNCTION ensure_mail_store(owner_tenant uuid, owner_mailbox uuid) RETURNS void
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    WITH made AS (
        INSERT INTO mail_store (tenant_id, mailbox_id, last_uid_validity)
        VALUES (owner_tenant, owner_mailbox, extract(epoch FROM now())::bigint + 5)
        ON CONFLICT DO NOTHING
        RETURNING last_uid_validity),
    folder AS (
        SELECT made.last_uid_validity - 6 + n.position AS uid_validity, n.name, n.special_use
        FROM made, unnest(ARRAY['INBOX', 'Sent', 'Drafts', 'Junk', 'Trash', 'Archive'],
                          ARRAY[NULL, 'Sent', 'Drafts', 'Junk', 'Trash', 'Archive']) WITH ORDINALITY AS n (name, special_use, position)),
    subscribed AS (
        INSERT INTO mail_subscription (tenant_id, mailbox_id, name) SELECT owner_tenant, owner_mailbox, f.name FROM folder f)
    INSERT INTO mail_folder (tenant_id, id, mailbox_id, name, special_use, uid_validity, uid_next, highest_mod_seq, recent_from)
    SELECT owner_tenant, new_uuid(), owner_mailbox, f.name, f.special_use, f.uid_validity, 1, 1, 1 FROM folder f;
$$;

-- Whatever removes a message (expunge, a folder's or a mailbox's end) leaves its content to be looked at.
CREATE FUNCTION remember_mail_garbage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail_garbage (tenant_id, content_id)
    SELECT DISTINCT g.tenant_id, g.content_id FROM gone g ORDER BY g.content_id
    ON CONFLICT (tenant_id, content_id) DO UPDATE SET since = now();
    RETURN NULL;
END $$;
CREATE TRIGGER mail_message_leaves_garbage AFTER DELETE ON mail_message
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_mail_garbage();

-- The entrances: narrow questions and deeds across tenants, as in entrances.sql. Data/CrossTenant.cs is their only caller.

-- Where a message for that address goes: no row for a domain that is not ours, no mailbox where nobody has the address. A domain whose
-- ownership is not proven receives nothing, or its claimant would read what others write to it.
CREATE FUNCTION find_mail_recipient(wanted text) RETURNS TABLE (tenant_id uuid, mailbox_id uuid, pod_kind smallint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner_tenant uuid := (SELECT d.tenant_id FROM domain d WHERE d.name = split_part(wanted, '@', 2) AND d.active_since IS NOT NULL);
    mailbox_found uuid := coalesce(
        (SELECT m.id FROM mailbox m WHERE m.tenant_id = owner_tenant AND m.address = wanted),
        (SELECT a.mailbox_id FROM mailbox_alias a WHERE a.tenant_id = owner_tenant AND a.address = wanted));
BEGIN
    RETURN QUERY
        SELECT owner_tenant, mailbox_found,
               (SELECT p.kind FROM mailbox m JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id
                WHERE m.tenant_id = owner_tenant AND m.id = mailbox_found)
        WHERE owner_tenant IS NOT NULL;
END $$;

-- Puts one message into the INBOX of mailboxes of any tenants, all or none, and answers where it went. It reads nothing that is there.
-- Folders are locked in the order of their ids, as everywhere, so that two deliveries never wait for each other.
CREATE FUNCTION deliver_mail(to_tenants uuid[], to_mailboxes uuid[], header bytea, body bytea, whole_header_size integer)
RETURNS TABLE (mailbox_id uuid, folder_id uuid, uid bigint, mod_seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    inboxes uuid[];
BEGIN
    PERFORM ensure_mail_store(m.tenant_id, m.id)
    FROM unnest(to_tenants, to_mailboxes) AS wanted (tenant_id, id)
    JOIN mailbox m ON m.tenant_id = wanted.tenant_id AND m.id = wanted.id
    JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id AND p.kind = 1;

    inboxes := ARRAY(
        SELECT f.id
        FROM unnest(to_tenants, to_mailboxes) AS wanted (tenant_id, id)
        JOIN mailbox m ON m.tenant_id = wanted.tenant_id AND m.id = wanted.id
        JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id AND p.kind = 1
        JOIN mail_folder f ON f.tenant_id = m.tenant_id AND f.mailbox_id = m.id AND f.name = 'INBOX'
        ORDER BY f.id
        FOR UPDATE OF f);
    IF cardinality(inboxes) <> cardinality(to_mailboxes) THEN
        RAISE EXCEPTION 'A recipient''s mailbox is gone.' USING ERRCODE = 'no_data_found';
    END IF;

    RETURN QUERY
        WITH inbox AS (
            UPDATE mail_folder f SET uid_next = f.uid_next + 1, highest_mod_seq = f.highest_mod_seq + 1
            FROM unnest(to_tenants, to_mailboxes) AS wanted (tenant_id, id)
            WHERE f.tenant_id = wanted.tenant_id AND f.mailbox_id = wanted.id AND f.id = ANY (inboxes)
            RETURNING f.tenant_id, f.mailbox_id, f.id, f.uid_next - 1 AS uid, f.highest_mod_seq AS mod_seq),
        content AS (
            INSERT INTO mail_content (tenant_id, id, body, header_size)
            SELECT o.tenant_id, new_uuid(), header || body, whole_header_size FROM (SELECT DISTINCT i.tenant_id FROM inbox i) AS o
            RETURNING mail_content.tenant_id, mail_content.id),
        message AS (
            INSERT INTO mail_message (tenant_id, folder_id, uid, content_id, flags, keywords, internal_date, size, mod_seq)
            SELECT i.tenant_id, i.id, i.uid, c.id, 0, '{}', date_trunc('second', now()), length(header) + length(body), i.mod_seq
            FROM inbox i JOIN content c ON c.tenant_id = i.tenant_id)
        SELECT i.mailbox_id, i.id, i.uid, i.mod_seq FROM inbox i;
END $$;

-- How far the named folders have come; those that are gone are left out. For processes that missed a bell.
CREATE FUNCTION mail_folder_positions(of_tenants uuid[], of_folders uuid[]) RETURNS TABLE (folder_id uuid, mod_seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.id, f.highest_mod_seq
    FROM unnest(of_tenants, of_folders) AS wanted (tenant_id, id)
    JOIN mail_folder f ON f.tenant_id = wanted.tenant_id AND f.id = wanted.id;
$$;

-- Of live sessions, given as four parallel arrays: those that must end now, and why. 1: the protocol is switched off; 2: the mailbox is
-- gone or no longer served here; 3: the credential it signed in with is. A null credential is the tenant's own service credential.
CREATE FUNCTION find_overdue_mail_sessions(of_tenants uuid[], of_mailboxes uuid[], of_protocols smallint[], of_credentials uuid[])
RETURNS TABLE ("position" bigint, why smallint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT checked.n, checked.why
    FROM (SELECT live.n,
                 CASE WHEN NOT EXISTS (SELECT FROM mailbox m JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id
                                       WHERE m.tenant_id = live.tenant_id AND m.id = live.mailbox_id AND p.kind = 1) THEN 2::smallint
                      WHEN NOT (SELECT e.allowed FROM effective_mail_access e
                                WHERE e.tenant_id = live.tenant_id AND e.mailbox_id = live.mailbox_id AND e.protocol = live.protocol) THEN 1::smallint
                      WHEN live.credential_id IS NOT NULL AND NOT EXISTS (
                               SELECT FROM mail_credential c
                               WHERE c.tenant_id = live.tenant_id AND c.id = live.credential_id AND c.revoked_at IS NULL
                                 AND (c.expires_at IS NULL OR c.expires_at > now())) THEN 3::smallint END AS why
          FROM unnest(of_tenants, of_mailboxes, of_protocols, of_credentials)
               WITH ORDINALITY AS live (tenant_id, mailbox_id, protocol, credential_id, n)) AS checked
    WHERE checked.why IS NOT NULL;
END $$;

-- Removes contents that no message holds any more, the oldest first; answers how many pieces of garbage it looked at.
CREATE FUNCTION remove_mail_garbage(older_than interval, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH due AS (
        SELECT g.tenant_id, g.content_id FROM mail_garbage g
        WHERE g.since < now() - older_than
        ORDER BY g.since
        LIMIT most
        FOR UPDATE SKIP LOCKED),
    removed AS (
        DELETE FROM mail_content c USING due d
        WHERE c.tenant_id = d.tenant_id AND c.id = d.content_id
          AND NOT EXISTS (SELECT FROM mail_message m WHERE m.tenant_id = d.tenant_id AND m.content_id = d.content_id)),
    forgotten AS (
        DELETE FROM mail_garbage g USING due d WHERE g.tenant_id = d.tenant_id AND g.content_id = d.content_id)
    SELECT count(*)::integer FROM due;
$$;

DO $$
DECLARE
    entrance regprocedure;
BEGIN
    FOR entrance IN
        SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.proname IN (
            'find_mail_recipient', 'deliver_mail', 'mail_folder_positions', 'find_overdue_mail_sessions', 'remove_mail_garbage')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', entrance);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO portal_serving', entrance);
    END LOOP;
END $$;
