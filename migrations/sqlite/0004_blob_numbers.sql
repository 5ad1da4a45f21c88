-- A message names its bytes by a number that grows, not by their hash: an index in the order of hashes touches pages
-- everywhere for each batch, and the one that tells whether bytes are here is enough.
CREATE TABLE numbered_blob (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    codec BIGINT NOT NULL,
    raw_len BIGINT NOT NULL,
    data BLOB
);
INSERT INTO numbered_blob (hash, codec, raw_len, data) SELECT hash, codec, raw_len, data FROM blob ORDER BY rowid;

CREATE TABLE numbered_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account BIGINT NOT NULL REFERENCES account (id),
    mailbox BIGINT NOT NULL REFERENCES mailbox (id),
    uid_validity BIGINT,
    uid BIGINT,
    uidl TEXT,
    occurrence BIGINT,
    blob BIGINT NOT NULL REFERENCES numbered_blob (id) DEFERRABLE INITIALLY DEFERRED,
    size BIGINT NOT NULL,
    received BIGINT NOT NULL,
    attachments BIGINT NOT NULL DEFAULT 0,
    unread BOOLEAN NOT NULL DEFAULT TRUE,
    indexed BOOLEAN NOT NULL DEFAULT FALSE,
    state TEXT NOT NULL DEFAULT 'stored',
    state_at BIGINT NOT NULL,
    sender_name TEXT NOT NULL,
    sender_address TEXT NOT NULL,
    sender_key TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_key TEXT NOT NULL,
    internet_message_id TEXT,
    preview TEXT NOT NULL DEFAULT '',
    by_name BOOLEAN NOT NULL DEFAULT FALSE
);
INSERT INTO numbered_message
    SELECT m.id, m.account, m.mailbox, m.uid_validity, m.uid, m.uidl, m.occurrence, b.id, m.size, m.received,
           m.attachments, m.unread, m.indexed, m.state, m.state_at, m.sender_name, m.sender_address, m.sender_key,
           m.subject, m.subject_key, m.internet_message_id, m.preview, m.by_name
    FROM message m JOIN numbered_blob b ON b.hash = m.blake3 ORDER BY m.id;
-- A number is never given twice, not even that of a message that is gone.
DELETE FROM sqlite_sequence WHERE name = 'numbered_message';
INSERT INTO sqlite_sequence (name, seq) SELECT 'numbered_message', seq FROM sqlite_sequence WHERE name = 'message';

DROP TABLE message;
DROP TABLE blob;
ALTER TABLE numbered_blob RENAME TO blob;
ALTER TABLE numbered_message RENAME TO message;

CREATE INDEX message_received ON message (received, id);
CREATE INDEX message_account_received ON message (account, received, id);
CREATE INDEX message_unread ON message (received, id) WHERE unread;
CREATE INDEX message_to_index ON message (id) WHERE NOT indexed;
CREATE UNIQUE INDEX message_uid ON message (mailbox, uid_validity, uid) WHERE uid IS NOT NULL;
CREATE UNIQUE INDEX message_uidl ON message (mailbox, uidl, occurrence) WHERE uidl IS NOT NULL AND state <> 'deleted';
CREATE INDEX message_delete_sent ON message (mailbox) WHERE state = 'delete_sent';
CREATE INDEX message_by_name ON message (mailbox) WHERE by_name;
CREATE INDEX message_gone ON message (mailbox) WHERE state = 'gone';
CREATE INDEX message_blob ON message (blob, mailbox);
