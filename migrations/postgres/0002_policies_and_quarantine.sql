-- What an account may decide beyond keep_copy. NULL days: delete at once; NULL size: as large as the program allows.
ALTER TABLE account ADD COLUMN delete_after_days BIGINT;
ALTER TABLE account ADD COLUMN largest_message BIGINT;
ALTER TABLE account ADD COLUMN instant BOOLEAN NOT NULL DEFAULT FALSE;

-- A UID may be NULL-epoched (uid_validity NULL): the server gave its UIDs anew. by_name: its present UID was found by
-- Message-ID, size and date, not by its bytes, so it is never deleted on the server on the strength of it.
ALTER TABLE message ADD COLUMN by_name BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX message_by_name ON message (mailbox) WHERE by_name;

-- Why it is here (too_large, fetch, store, parse), how often it was tried, whether it is left alone now (held), and the
-- message whose raw bytes could be kept.
ALTER TABLE quarantine ADD COLUMN kind TEXT NOT NULL DEFAULT 'too_large';
ALTER TABLE quarantine ADD COLUMN tries BIGINT NOT NULL DEFAULT 1;
ALTER TABLE quarantine ADD COLUMN held BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE quarantine ADD COLUMN message BIGINT;
CREATE INDEX quarantine_message ON quarantine (mailbox, message) WHERE message IS NOT NULL;
CREATE INDEX account_instant ON account (id) WHERE instant;
