-- A message names its bytes by a number that grows, not by their hash: an index in the order of hashes touches pages
-- everywhere for each batch, and the one that tells whether bytes are here is enough.
ALTER TABLE message DROP CONSTRAINT message_blake3_fkey;
ALTER TABLE blob DROP CONSTRAINT blob_pkey;
ALTER TABLE blob ADD COLUMN id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE blob ADD UNIQUE (hash);
ALTER TABLE message ADD COLUMN blob BIGINT;
UPDATE message SET blob = b.id FROM blob b WHERE b.hash = message.blake3;
ALTER TABLE message ALTER COLUMN blob SET NOT NULL;
ALTER TABLE message ADD FOREIGN KEY (blob) REFERENCES blob (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE message DROP COLUMN blake3;
CREATE INDEX message_blob ON message (blob, mailbox);
