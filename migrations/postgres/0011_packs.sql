-- The large messages of a batch are one file: which, where in it, and how long. NULL where the bytes are in the row, or
-- in a file of their own, as before.
ALTER TABLE blob ADD COLUMN pack TEXT;
ALTER TABLE blob ADD COLUMN part_offset BIGINT;
ALTER TABLE blob ADD COLUMN part_length BIGINT;
CREATE INDEX blob_pack ON blob (pack) WHERE pack IS NOT NULL;
