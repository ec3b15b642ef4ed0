DROP FUNCTION find_overdue_mail_sessions(uuid[], uuid[], smallint[], uuid[], inet[]);
DROP FUNCTION find_mail_login(text, smallint, inet);
DROP FUNCTION mail_credential_obstacle(mail_credential, boolean, smallint, inet);
