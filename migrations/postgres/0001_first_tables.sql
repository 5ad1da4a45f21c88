-- Instants are milliseconds since 1970-01-01T00:00:00Z. Columns named *_key hold folded text (see store/fold.rs) for
-- orders and filters that read the same on both databases.

CREATE TABLE revision (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    accounts BIGINT NOT NULL,
    messages BIGINT NOT NULL
);
INSERT INTO revision (id, accounts, messages) VALUES (1, 0, 0);

CREATE TABLE person (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE web_session (
    id_hash BYTEA NOT NULL PRIMARY KEY,
    data TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX web_session_expires ON web_session (expires);

CREATE TABLE credential (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    user_name TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    rotated BIGINT NOT NULL
);

-- What was decided, how it is doing, who is checking it, and how much it holds. A removed account whose messages
-- were kept stays as a row with removed_at set; its name is free again.
CREATE TABLE account (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    keep_copy BOOLEAN NOT NULL,
    automatic_check BOOLEAN NOT NULL,
    enabled BOOLEAN NOT NULL,
    address TEXT NOT NULL,
    port BIGINT NOT NULL,
    protocol TEXT NOT NULL,
    security TEXT NOT NULL,
    skip_certificate BOOLEAN NOT NULL,
    credential BIGINT REFERENCES credential (id),
    check_interval_seconds BIGINT NOT NULL,
    folders TEXT NOT NULL,
    created BIGINT NOT NULL,
    removed_at BIGINT,
    next_due BIGINT,
    requested BOOLEAN NOT NULL DEFAULT FALSE,
    lease_owner TEXT,
    lease_until BIGINT,
    lease_epoch BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    last_check BIGINT,
    last_success BIGINT,
    failure_stage TEXT,
    failure_cause TEXT,
    failure_error TEXT,
    failure_reply TEXT,
    messages BIGINT NOT NULL DEFAULT 0,
    unread BIGINT NOT NULL DEFAULT 0,
    to_index BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX account_name ON account (name) WHERE removed_at IS NULL;
CREATE INDEX account_due ON account (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX account_credential ON account (credential);

CREATE TABLE check_history (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    check_trigger TEXT NOT NULL,
    started BIGINT NOT NULL,
    finished BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    failure_stage TEXT,
    failure_cause TEXT,
    failure_error TEXT,
    failure_reply TEXT,
    new_messages BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);
CREATE INDEX check_history_account ON check_history (account, id);
CREATE INDEX check_history_finished ON check_history (finished);

-- next_uid is the progress: every UID below it is stored or quarantined.
CREATE TABLE mailbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    uid_validity BIGINT,
    next_uid BIGINT NOT NULL DEFAULT 1,
    UNIQUE (account, name)
);

-- Raw bytes by their BLAKE3. data is never NULL here: every node reads the one database, none another's files.
CREATE TABLE blob (
    hash BYTEA NOT NULL PRIMARY KEY,
    codec BIGINT NOT NULL,
    raw_len BIGINT NOT NULL,
    data BYTEA NOT NULL
);

-- The bytes are compressed already.
ALTER TABLE blob ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE message (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES account (id),
    mailbox BIGINT NOT NULL REFERENCES mailbox (id),
    uid_validity BIGINT,
    uid BIGINT,
    uidl TEXT,
    occurrence BIGINT,
    blake3 BYTEA NOT NULL REFERENCES blob (hash) DEFERRABLE INITIALLY DEFERRED,
    size BIGINT NOT NULL,
    received BIGINT NOT NULL,
    attachments BIGINT NOT NULL DEFAULT 0,
    unread BOOLEAN NOT NULL DEFAULT TRUE,
    indexed BOOLEAN NOT NULL DEFAULT FALSE,
    state TEXT NOT NULL DEFAULT 'stored',
    state_at BIGINT NOT NULL,
    sender_name TEXT NOT NULL,
    sender_address TEXT NOT NULL,
    sender_key TEXT COLLATE "C" NOT NULL,
    subject TEXT NOT NULL,
    subject_key TEXT COLLATE "C" NOT NULL,
    internet_message_id TEXT,
    preview TEXT NOT NULL DEFAULT ''
);
CREATE INDEX message_received ON message (received, id);
CREATE INDEX message_account_received ON message (account, received, id);
CREATE INDEX message_unread ON message (received, id) WHERE unread;
CREATE INDEX message_to_index ON message (id) WHERE NOT indexed;
CREATE UNIQUE INDEX message_uid ON message (mailbox, uid_validity, uid) WHERE uid IS NOT NULL;
CREATE UNIQUE INDEX message_uidl ON message (mailbox, uidl, occurrence) WHERE uidl IS NOT NULL AND state <> 'deleted';
CREATE INDEX message_delete_sent ON message (mailbox) WHERE state = 'delete_sent';
CREATE INDEX message_blake3 ON message (blake3, mailbox);

-- What could not be taken in and stays on its server.
CREATE TABLE quarantine (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox BIGINT NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    uid_validity BIGINT,
    uid BIGINT,
    uidl TEXT,
    occurrence BIGINT,
    reason TEXT NOT NULL,
    size BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX quarantine_uid ON quarantine (mailbox, uid_validity, uid);
CREATE INDEX quarantine_uidl ON quarantine (mailbox, uidl, occurrence);

-- What we deleted on a server and why. Outlives the message and the account, hence no foreign keys.
CREATE TABLE receipt (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account BIGINT NOT NULL,
    message BIGINT NOT NULL,
    folder TEXT NOT NULL,
    uid_validity BIGINT,
    uid BIGINT,
    uidl TEXT,
    occurrence BIGINT,
    size BIGINT NOT NULL,
    blake3 BYTEA NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX receipt_account ON receipt (account, id);

-- The words come folded and told apart already: no configuration of this server takes part in a search.
CREATE TABLE message_search (
    message BIGINT NOT NULL PRIMARY KEY,
    document TSVECTOR NOT NULL
);
CREATE INDEX message_search_document ON message_search USING GIN (document);
