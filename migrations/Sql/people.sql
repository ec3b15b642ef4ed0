-- Invitations, password resets, mail that waits to be sent, and visits of platform administrators.

CALL secure_tenant_table('invitation');
CALL secure_tenant_table('tenant_visit');
CALL secure_tenant_table('queued_mail');
GRANT SELECT, INSERT, UPDATE, DELETE ON invitation, queued_mail, password_reset TO portal_serving;
-- Who was where is not rewritten: a visit is begun, and it is left.
GRANT SELECT, INSERT, UPDATE (left_at) ON tenant_visit TO portal_serving;

-- Mail about a person belongs to no tenant: the serving role may ask for it, and then sees it no more.
CREATE POLICY about_a_person ON queued_mail FOR INSERT TO portal_serving WITH CHECK (tenant_id IS NULL);

CREATE FUNCTION find_invitation(wanted bytea) RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.tenant_id, i.id FROM invitation i WHERE i.token_hash = wanted;
$$;

-- The number of attempts is the fence: a worker that was overtaken cannot settle what another has taken up.
CREATE FUNCTION claim_queued_mail(lease interval) RETURNS TABLE (id uuid, recipient text, content bytea, attempts integer, expires_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE queued_mail AS m
    SET state = 2, attempts = m.attempts + 1, next_at = now() + lease
    FROM (SELECT d.id FROM queued_mail d
          WHERE d.state IN (1, 2) AND d.next_at <= now()
          ORDER BY d.next_at
          LIMIT 1
          FOR UPDATE SKIP LOCKED) AS due
    WHERE m.id = due.id
    RETURNING m.id, m.recipient, m.content, m.attempts, m.expires_at;
$$;

-- The content holds a key: it stays only as long as somebody will try to send it.
CREATE FUNCTION settle_queued_mail(mail uuid, attempt integer, outcome smallint, why smallint, code text, retry_in interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE queued_mail
    SET state = outcome, next_at = now() + retry_in, failure = why, failure_code = code,
        sent_at = CASE WHEN outcome = 3 THEN now() END,
        content = CASE WHEN outcome IN (3, 4) THEN NULL ELSE content END
    WHERE id = mail AND attempts = attempt AND state = 2;
$$;

CREATE FUNCTION list_unsent_mail(most integer)
RETURNS TABLE (slug text, recipient text, kind text, state smallint, attempts integer, created_at timestamptz, next_at timestamptz,
               failure smallint, failure_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.slug, m.recipient, m.kind, m.state, m.attempts, m.created_at, m.next_at, m.failure, m.failure_code
    FROM queued_mail m LEFT JOIN tenant t ON t.id = m.tenant_id
    WHERE m.state <> 3
    ORDER BY m.created_at DESC, m.id
    LIMIT most;
$$;

CREATE FUNCTION trim_queued_mail(older_than interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM queued_mail WHERE state IN (3, 4) AND created_at < now() - older_than;
$$;

REVOKE ALL ON FUNCTION find_invitation, claim_queued_mail, settle_queued_mail, list_unsent_mail, trim_queued_mail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_invitation, claim_queued_mail, settle_queued_mail, list_unsent_mail, trim_queued_mail TO portal_serving;
