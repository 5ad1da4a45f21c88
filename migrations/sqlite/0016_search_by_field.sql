-- Who sent a message is searched apart from who got it. The index keeps no text, so that it is filled anew, in the
-- background, from the messages themselves.
DROP TABLE message_search;
CREATE VIRTUAL TABLE message_search USING fts5 (
    subject, sender, recipients, body, attachments,
    content = '', contentless_delete = 1, tokenize = 'ascii'
);
UPDATE message SET indexed = FALSE;
UPDATE account SET to_index = (SELECT COUNT(*) FROM message WHERE message.account = account.id);

-- What people put on a message here: a flag, and tags of their own.
ALTER TABLE message ADD COLUMN flagged BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX message_flagged ON message (received, id) WHERE flagged;
CREATE TABLE tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE
);
CREATE TABLE message_tag (
    message BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    tag BIGINT NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (message, tag)
) WITHOUT ROWID;
CREATE INDEX message_tag_tag ON message_tag (tag, message);

-- What people searched for lately, to be suggested to them alone.
CREATE TABLE recent_search (
    person BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, text)
);
