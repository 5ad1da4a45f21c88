-- What people write beside an account: its tags, one a line, and notes.
ALTER TABLE account ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN notes TEXT NOT NULL DEFAULT '';

-- What came to the server before this is not fetched (NULL: everything is), and the latest such day that the progress of
-- its mailboxes stands for: once an earlier one is wanted, they are listed from the beginning.
ALTER TABLE account ADD COLUMN fetch_since BIGINT;
ALTER TABLE account ADD COLUMN fetched_since BIGINT;
