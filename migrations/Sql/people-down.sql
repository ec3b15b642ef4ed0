DROP FUNCTION find_invitation, claim_queued_mail, settle_queued_mail, list_unsent_mail, trim_queued_mail;
