-- What a proxy in front of the mail servers costs, in counts of about a day.
CALL secure_tenant_table('pod_delay');
GRANT SELECT, INSERT, UPDATE, DELETE ON pod_delay TO portal_serving;
