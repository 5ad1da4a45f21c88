-- What people write beside an account: its tags, one a line, and notes.
ALTER TABLE account ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN notes TEXT NOT NULL DEFAULT '';
