-- How many mailboxes a tenant has, kept by statement rather than counted per page: one update for a statement of any size.

CREATE TABLE tenant_counter (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
    mailboxes bigint NOT NULL DEFAULT 0
);

CREATE FUNCTION count_mailboxes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tenant_counter AS c (tenant_id, mailboxes)
        SELECT tenant_id, count(*) FROM changed GROUP BY tenant_id
        ON CONFLICT (tenant_id) DO UPDATE SET mailboxes = c.mailboxes + excluded.mailboxes;
    ELSE
        UPDATE tenant_counter AS c SET mailboxes = c.mailboxes - n.gone
        FROM (SELECT tenant_id, count(*) AS gone FROM changed GROUP BY tenant_id) AS n
        WHERE c.tenant_id = n.tenant_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER count_new_mailboxes AFTER INSERT ON mailbox
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_mailboxes();
CREATE TRIGGER count_gone_mailboxes AFTER DELETE ON mailbox
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_mailboxes();
