DELETE FROM mail_folder WHERE mailbox_id IS NULL;
ALTER TABLE mail_folder DROP CONSTRAINT ck_mail_folder_public_right;
DROP SEQUENCE mail_public_uid_validity;
