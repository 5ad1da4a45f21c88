-- Connections that a connector carries at once.
ALTER TABLE connector ADD COLUMN most_streams BIGINT NOT NULL DEFAULT 200;

-- Agents: who they are (the public half of their keys), what they said of themselves, where they came from, and which
-- process has them now.
CREATE TABLE agent (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connector BIGINT NOT NULL REFERENCES connector (id) ON DELETE CASCADE,
    public_key TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    version TEXT NOT NULL,
    allows TEXT NOT NULL,
    address TEXT NOT NULL,
    enrolled BIGINT NOT NULL,
    node TEXT,
    since BIGINT,
    seen BIGINT,
    renewal_asked BIGINT,
    revoked BIGINT,
    refused BIGINT
);
CREATE INDEX agent_connector ON agent (connector);

-- Codes by which agents become known, as hashes.
CREATE TABLE enrolment (
    code_hash TEXT NOT NULL PRIMARY KEY,
    connector BIGINT NOT NULL REFERENCES connector (id) ON DELETE CASCADE,
    until BIGINT NOT NULL
);
CREATE INDEX enrolment_connector ON enrolment (connector);

-- The key that this server proves to agents, sealed.
CREATE TABLE hub_key (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed BYTEA NOT NULL
);
