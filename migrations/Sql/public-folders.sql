-- Public folders: the tenant's, not a mailbox's. UIDVALIDITY comes from one sequence, so that a folder made again under an old name never
-- meets the caches of the first one.
CREATE SEQUENCE mail_public_uid_validity AS bigint START WITH 1 MAXVALUE 4294967295;
GRANT USAGE ON SEQUENCE mail_public_uid_validity TO portal_serving;

ALTER TABLE mail_folder ADD CONSTRAINT ck_mail_folder_public_right CHECK ((mailbox_id IS NULL) = (public_right IS NOT NULL) AND public_right BETWEEN 0 AND 2);

-- The namespace is reserved now: folders of that name that people made themselves stay theirs under another.
UPDATE mail_folder SET name = 'My ' || name WHERE mailbox_id IS NOT NULL AND (name = 'Public' OR name > 'Public/' AND name < 'Public0');
UPDATE mail_subscription SET name = 'My ' || name WHERE name = 'Public' OR name > 'Public/' AND name < 'Public0';
