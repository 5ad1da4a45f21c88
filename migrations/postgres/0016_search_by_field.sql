-- Words have places and weights now, so that words next to each other and words of one field are found: A for the
-- subject, B for the sender, C for the recipients, D for the text; names of attachments begin with a slash.
DELETE FROM message_search;
UPDATE message SET indexed = FALSE;
UPDATE account SET to_index = (SELECT COUNT(*) FROM message WHERE message.account = account.id);

-- What people put on a message here: a flag, and tags of their own.
ALTER TABLE message ADD COLUMN flagged BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX message_flagged ON message (received, id) WHERE flagged;
CREATE TABLE tag (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE
);
CREATE TABLE message_tag (
    message BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    tag BIGINT NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (message, tag)
);
CREATE INDEX message_tag_tag ON message_tag (tag, message);

-- What people searched for lately, to be suggested to them alone.
CREATE TABLE recent_search (
    person BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, text)
);
