-- Effective access: the one home of the decision for logins. Data/MailAccess.cs says the same in C#; a property test holds them equal.
-- Precedence: suspension (a deny without an end), deny exception, allow exception, then the nearest layer that says something.
-- Settings: 0 inherit, 1 enabled, 2 disabled. Effects: 1 allow, 2 deny. decided_by: 1 exception … 5 tenant.

CREATE INDEX ix_access_exception_in_force ON access_exception (tenant_id, mailbox_id, protocol, ends_at);

CREATE VIEW effective_mail_access WITH (security_invoker = true) AS
SELECT m.tenant_id,
       m.id AS mailbox_id,
       p.protocol,
       CASE WHEN e.effect IS NOT NULL THEN e.effect = 1
            WHEN p.by_mailbox <> 0 THEN p.by_mailbox = 1
            WHEN coalesce(p.by_plan, 0) <> 0 THEN p.by_plan = 1
            WHEN p.by_domain <> 0 THEN p.by_domain = 1
            ELSE p.by_tenant = 1 END AS allowed,
       (CASE WHEN e.effect IS NOT NULL THEN 1
             WHEN p.by_mailbox <> 0 THEN 2
             WHEN coalesce(p.by_plan, 0) <> 0 THEN 3
             WHEN p.by_domain <> 0 THEN 4
             ELSE 5 END)::smallint AS decided_by,
       e.id AS exception_id
FROM mailbox m
JOIN tenant t ON t.id = m.tenant_id
JOIN domain d ON d.tenant_id = m.tenant_id AND d.id = m.domain_id
LEFT JOIN plan l ON l.tenant_id = m.tenant_id AND l.id = m.plan_id
CROSS JOIN LATERAL (VALUES (1::smallint, m.pop3, l.pop3, d.pop3, t.pop3),
                           (2::smallint, m.imap, l.imap, d.imap, t.imap),
                           (3::smallint, m.smtp, l.smtp, d.smtp, t.smtp))
    AS p (protocol, by_mailbox, by_plan, by_domain, by_tenant)
LEFT JOIN LATERAL (
    SELECT x.id, x.effect
    FROM access_exception x
    WHERE x.tenant_id = m.tenant_id AND x.mailbox_id = m.id AND x.protocol = p.protocol
      AND x.starts_at <= now() AND (x.ends_at IS NULL OR now() < x.ends_at)
    ORDER BY x.effect DESC, x.ends_at IS NULL DESC
    LIMIT 1) AS e ON true;

GRANT SELECT ON effective_mail_access TO portal_serving;
