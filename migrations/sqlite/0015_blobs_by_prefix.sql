-- Hashes have no order, so each batch of mail touches the pages of their index everywhere. Four bytes of a hash find its
-- row, which is then compared whole: an index a third as large, of which far fewer pages are written for each batch.
-- The rows are copied because a UNIQUE of a table cannot be taken from it; whoever writes looks first, alone in the file.
CREATE TABLE blob_by_prefix (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    codec BIGINT NOT NULL,
    raw_len BIGINT NOT NULL,
    data BLOB,
    pack TEXT,
    part_offset BIGINT,
    part_length BIGINT
);
INSERT INTO blob_by_prefix (id, hash, codec, raw_len, data, pack, part_offset, part_length)
    SELECT id, hash, codec, raw_len, data, pack, part_offset, part_length FROM blob ORDER BY id;
DROP TABLE blob;
ALTER TABLE blob_by_prefix RENAME TO blob;
CREATE INDEX blob_hash ON blob (substr(hash, 1, 4));
CREATE INDEX blob_pack ON blob (pack) WHERE pack IS NOT NULL;
