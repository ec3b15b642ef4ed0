DROP FUNCTION remove_mail_garbage, find_overdue_mail_sessions, mail_folder_positions, deliver_mail, find_mail_recipient, ensure_mail_store;
DROP TRIGGER mail_message_leaves_garbage ON mail_message;
DROP FUNCTION remember_mail_garbage;
DROP INDEX ix_mail_message_deleted;
