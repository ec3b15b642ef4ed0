-- Sessions and proofs are of people, who belong to no tenant: there is no wall here, and the portal asks by the person.
GRANT SELECT, INSERT, UPDATE, DELETE ON portal_session, portal_sign_in, portal_authenticator, portal_recovery_code, portal_used_proof TO portal_serving;
