DROP FUNCTION trim_relayed_messages, claim_relayed_message, find_full_mailboxes, count_sending;
DROP FUNCTION deliver_mail(uuid[], uuid[], bytea, bytea, integer, bigint);
DROP FUNCTION find_mail_recipient(text, bigint);
DROP FUNCTION mail_held, mail_quota;
