-- How often people changed an account: whoever saves a dialog that was opened before somebody else's change is told.
ALTER TABLE account ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
