DROP FUNCTION trim_relayed_messages, claim_relayed_message, find_full_mailboxes, count_sending;
DROP FUNCTION deliver_mail(uuid[], uuid[], bytea, bytea, integer, bigint);
DROP FUNCTION find_mail_recipient(text, bigint);
DROP FUNCTION mail_held, mail_quota;
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
REVOKE ALL ON FUNCTION find_mail_recipient, deliver_mail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_mail_recipient, deliver_mail TO portal_serving;
