-- Credentials that are tokens: whom to ask for them, and whether somebody has agreed. The tokens themselves and the secret
-- of the client are sealed in the credential.
CREATE TABLE oauth_client (
    credential BIGINT PRIMARY KEY REFERENCES credential (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    grant_type TEXT NOT NULL,
    client_id TEXT NOT NULL,
    authorize_url TEXT NOT NULL,
    device_url TEXT NOT NULL,
    token_url TEXT NOT NULL,
    scope TEXT NOT NULL,
    consent TEXT NOT NULL,
    consented BIGINT,
    -- Where the provider said so: the end of the consent, and of the token that is sealed now.
    consent_until BIGINT,
    token_until BIGINT,
    -- One process asks for a new token at a time.
    renewing_until BIGINT NOT NULL DEFAULT 0,
    -- A consent that was begun and has not come back: a hash of its state, and what the answer is worth nothing without.
    begun_state TEXT,
    begun_sealed BYTEA,
    begun_until BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX oauth_client_begun ON oauth_client (begun_state);
