-- Which messages belong together. Names are numbers here: the first bytes of a hash of a Message-ID or of a subject.
-- `named`: its own Message-ID. `topic`: its subject, where it names no message that it answers. `conversation`: the one
-- number that all messages of a conversation share.
ALTER TABLE message ADD COLUMN named BIGINT;
ALTER TABLE message ADD COLUMN topic BIGINT;
ALTER TABLE message ADD COLUMN conversation BIGINT;
CREATE INDEX message_conversation ON message (conversation, account) WHERE conversation IS NOT NULL;
CREATE INDEX message_named ON message (named, account) WHERE named <> conversation;
CREATE INDEX message_topic ON message (topic, account) WHERE topic IS NOT NULL;

-- They are read from the messages themselves, in the background, as the words are.
DELETE FROM message_search;
UPDATE message SET indexed = FALSE;
UPDATE account SET to_index = (SELECT COUNT(*) FROM message WHERE message.account = account.id);

-- Whose pictures a person has loaded from the net.
CREATE TABLE trusted_sender (
    person BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (person, address)
);
