-- What a credential is, where its secret is when it is not sealed here, and how it did lately.
ALTER TABLE credential ADD COLUMN kind TEXT NOT NULL DEFAULT 'password';
-- Such as 'file:sales': the secret is read there at each check, and nothing is sealed here.
ALTER TABLE credential ADD COLUMN source TEXT;
ALTER TABLE credential ADD COLUMN last_used BIGINT;
-- All three are empty from the next sign-in on that succeeds.
ALTER TABLE credential ADD COLUMN last_failed BIGINT;
ALTER TABLE credential ADD COLUMN failure_cause TEXT;
ALTER TABLE credential ADD COLUMN failure_error TEXT;
