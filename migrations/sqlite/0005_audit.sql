-- Who did what, when, from where, on what, and what it changed (a JSON list of field, before, after; never a secret).
-- Nothing here is ever changed or removed, so nothing here refers to what may be.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
-- INSERT OR REPLACE removes without asking the trigger above.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

-- Deletions on a server have a receipt each and one record a check: up to this receipt they have been recorded. A check
-- that died before its record is told by the next one.
ALTER TABLE account ADD COLUMN receipts_recorded BIGINT NOT NULL DEFAULT 0;
UPDATE account SET receipts_recorded =
    COALESCE((SELECT MAX(receipt.id) FROM receipt WHERE receipt.account = account.id), 0);
