-- The fingerprint of the key that an SSH server has to prove; empty where none is trusted.
ALTER TABLE connector ADD COLUMN host_key TEXT NOT NULL DEFAULT '';
