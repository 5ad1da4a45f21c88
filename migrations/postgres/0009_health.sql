-- How long each stage of a check took, as JSON; NULL for checks of before.
ALTER TABLE check_history ADD COLUMN stages TEXT;

-- What the server of an account showed of itself, as JSON, when that was first seen, and when the first of its certificates
-- ends. Its own table: it changes seldom, and the row of an account is written with every check.
CREATE TABLE server_shown (
    account BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    seen BIGINT NOT NULL,
    shown TEXT NOT NULL,
    expires BIGINT
);
