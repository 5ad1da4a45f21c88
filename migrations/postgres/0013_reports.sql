-- Reports that are written at their time. The day is one of the week (1 is Monday) or of the month, the minute one of the
-- day (UTC). Whoever writes one now has claimed it for a while.
CREATE TABLE report_schedule (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    query TEXT NOT NULL,
    format TEXT NOT NULL,
    repeat TEXT NOT NULL,
    day BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    keep_days BIGINT NOT NULL,
    next_due BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL DEFAULT 0,
    last BIGINT,
    failure TEXT
);

-- What was written, compressed; it outlives its schedule.
CREATE TABLE written_report (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    at BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    size BIGINT NOT NULL,
    until BIGINT NOT NULL,
    content BYTEA NOT NULL
);

-- How often schedules and written reports have changed.
ALTER TABLE revision ADD COLUMN reports BIGINT NOT NULL DEFAULT 0;
