-- What an account wants of messages that left their server, and of read and flagged state.
ALTER TABLE account ADD COLUMN drop_gone_after_days BIGINT;
ALTER TABLE account ADD COLUMN mirror_read_state BOOLEAN NOT NULL DEFAULT FALSE;

-- How a message was marked on its server when that was last heard or told; NULL where it never was. Few messages are
-- marked otherwise here than there, and those are to be told.
ALTER TABLE message ADD COLUMN told_unread BOOLEAN;
ALTER TABLE message ADD COLUMN told_flagged BOOLEAN;
CREATE INDEX message_untold ON message (mailbox) WHERE told_unread <> unread OR told_flagged <> flagged;

-- Up to which change the marks of a mailbox were heard, of which UIDVALIDITY, and the next UID at that time.
ALTER TABLE mailbox ADD COLUMN marks_modseq BIGINT;
ALTER TABLE mailbox ADD COLUMN marks_uid_validity BIGINT;
ALTER TABLE mailbox ADD COLUMN marks_next_uid BIGINT;

-- What the server had when its list was last compared with what is here: how many messages below which UID.
ALTER TABLE mailbox ADD COLUMN compared_messages BIGINT;
ALTER TABLE mailbox ADD COLUMN compared_uid_validity BIGINT;
ALTER TABLE mailbox ADD COLUMN compared_next_uid BIGINT;
