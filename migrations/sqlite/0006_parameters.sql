-- The system parameters that somebody set; the others have their defaults.
CREATE TABLE parameter (
    id TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
ALTER TABLE revision ADD COLUMN parameters BIGINT NOT NULL DEFAULT 0;
