-- Mail to elsewhere waits in relayed_message; quotas of mailboxes and plans; delivery that obeys them. find_mail_recipient and deliver_mail keep
-- their old forms beside the new ones, for processes of the release before.

CALL secure_tenant_table('relayed_message');
CALL secure_tenant_table('relayed_recipient');
CALL secure_tenant_table('mail_sending');
GRANT SELECT, INSERT, UPDATE, DELETE ON relayed_message, relayed_recipient, mail_sending TO portal_serving;
ALTER TABLE relayed_message ALTER COLUMN content SET STORAGE EXTERNAL;

-- Octets a mailbox may hold by its own row or its plan's; null when neither says. The caller's wall holds.
CREATE FUNCTION mail_quota(of_tenant uuid, of_mailbox uuid) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(m.quota, (SELECT p.quota FROM plan p WHERE p.tenant_id = m.tenant_id AND p.id = m.plan_id))
    FROM mailbox m WHERE m.tenant_id = of_tenant AND m.id = of_mailbox;
$$;

CREATE FUNCTION mail_held(of_tenant uuid, of_mailbox uuid) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(f.octets), 0)::bigint FROM mail_folder f WHERE f.tenant_id = of_tenant AND f.mailbox_id = of_mailbox;
$$;

-- How much a mailbox may send in an hour of the clock. It raises PM002 where that is used up, and counts otherwise.
CREATE FUNCTION count_sending(of_tenant uuid, of_mailbox uuid, to_recipients integer, most_messages integer, most_recipients integer) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    this_hour timestamptz := date_trunc('hour', now());
BEGIN
    INSERT INTO mail_sending AS s (tenant_id, mailbox_id, hour, messages, recipients)
    SELECT of_tenant, of_mailbox, this_hour, 1, to_recipients WHERE to_recipients <= most_recipients
    ON CONFLICT (tenant_id, mailbox_id) DO UPDATE SET
        hour = this_hour,
        messages = CASE WHEN s.hour = this_hour THEN s.messages ELSE 0 END + 1,
        recipients = CASE WHEN s.hour = this_hour THEN s.recipients ELSE 0 END + to_recipients
    WHERE CASE WHEN s.hour = this_hour THEN s.messages ELSE 0 END < most_messages
      AND CASE WHEN s.hour = this_hour THEN s.recipients ELSE 0 END + to_recipients <= most_recipients;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'This mailbox has sent as much as it may in an hour.' USING ERRCODE = 'PM002';
    END IF;
END $$;

-- As before, and how much room there is (null where the address is nobody's).
CREATE FUNCTION find_mail_recipient(wanted text, most_octets bigint)
RETURNS TABLE (tenant_id uuid, mailbox_id uuid, pod_kind smallint, room bigint)
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
                WHERE m.tenant_id = owner_tenant AND m.id = mailbox_found),
               CASE WHEN mailbox_found IS NOT NULL THEN
                   coalesce(mail_quota(owner_tenant, mailbox_found), most_octets) - mail_held(owner_tenant, mailbox_found) END
        WHERE owner_tenant IS NOT NULL;
END $$;

-- Those of the given mailboxes that have no room for so many octets more.
CREATE FUNCTION find_full_mailboxes(of_tenants uuid[], of_mailboxes uuid[], more bigint, most_octets bigint) RETURNS TABLE (mailbox_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT wanted.id FROM unnest(of_tenants, of_mailboxes) AS wanted (tenant_id, id)
    WHERE mail_held(wanted.tenant_id, wanted.id) + more > coalesce(mail_quota(wanted.tenant_id, wanted.id), most_octets);
$$;

-- As before, all or none; and where most_octets says what a mailbox may hold whose own row and plan say nothing, PM001 when one has no room.
-- Null: reports about mail, which must arrive.
CREATE FUNCTION deliver_mail(
    to_tenants uuid[], to_mailboxes uuid[], header bytea, body bytea, whole_header_size integer, most_octets bigint)
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
    IF most_octets IS NOT NULL AND EXISTS (
        SELECT FROM unnest(to_tenants, to_mailboxes) AS wanted (tenant_id, id)
        WHERE mail_held(wanted.tenant_id, wanted.id) + length(header) + length(body) > coalesce(mail_quota(wanted.tenant_id, wanted.id), most_octets))
    THEN
        RAISE EXCEPTION 'A recipient''s mailbox is full.' USING ERRCODE = 'PM001';
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

-- The number of attempts is the fence: a worker that was overtaken cannot settle what another has taken up.
CREATE FUNCTION claim_relayed_message(lease interval) RETURNS TABLE (tenant_id uuid, id uuid, attempts integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE relayed_message AS m
    SET state = 2, attempts = m.attempts + 1, next_at = now() + lease
    FROM (SELECT d.tenant_id, d.id FROM relayed_message d
          WHERE d.state IN (1, 2) AND d.next_at <= now()
          ORDER BY d.next_at
          LIMIT 1
          FOR UPDATE SKIP LOCKED) AS due
    WHERE m.tenant_id = due.tenant_id AND m.id = due.id
    RETURNING m.tenant_id, m.id, m.attempts;
$$;

-- What is done is kept for a while without its content, for whoever asks what became of it.
CREATE FUNCTION trim_relayed_messages(older_than interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM relayed_message WHERE state = 3 AND finished_at < now() - older_than;
$$;

DO $$
DECLARE
    entrance regprocedure;
BEGIN
    FOR entrance IN
        SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.proname IN (
            'find_mail_recipient', 'deliver_mail', 'find_full_mailboxes', 'claim_relayed_message', 'trim_relayed_messages')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', entrance);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO portal_serving', entrance);
    END LOOP;
END $$;
