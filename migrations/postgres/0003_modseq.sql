-- How far the changes of a mailbox are known (RFC 7162), and of which UIDVALIDITY that mod-sequence is.
ALTER TABLE mailbox ADD COLUMN highest_modseq BIGINT;
ALTER TABLE mailbox ADD COLUMN modseq_uid_validity BIGINT;

-- The state 'gone': it left the server, and not by us. Few are looked for among many.
CREATE INDEX message_gone ON message (mailbox) WHERE state = 'gone';
