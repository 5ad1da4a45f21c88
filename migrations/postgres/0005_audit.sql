-- Who did what, when, from where, on what, and what it changed (a JSON list of field, before, after; never a secret).
-- Nothing here is ever changed or removed, so nothing here refers to what may be.
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    person BIGINT,
    who TEXT NOT NULL,
    who_key TEXT NOT NULL,
    address TEXT,
    action TEXT NOT NULL,
    noun TEXT NOT NULL,
    subject BIGINT,
    subject_name TEXT NOT NULL,
    subject_key TEXT NOT NULL,
    changes TEXT NOT NULL
);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_at ON audit (at, id);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END
$$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- Deletions on a server have a receipt each and one record a check: up to this receipt they have been recorded. A check
-- that died before its record is told by the next one.
ALTER TABLE account ADD COLUMN receipts_recorded BIGINT NOT NULL DEFAULT 0;
UPDATE account SET receipts_recorded =
    COALESCE((SELECT MAX(receipt.id) FROM receipt WHERE receipt.account = account.id), 0);
