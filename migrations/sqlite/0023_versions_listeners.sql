-- How often people changed an account: whoever saves a dialog that was opened before somebody else's change is told.
ALTER TABLE account ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Where the processes of this database listen, so that none of them takes another for a mail server.
CREATE TABLE listener (
    node TEXT NOT NULL,
    address TEXT NOT NULL,
    seen BIGINT NOT NULL,
    PRIMARY KEY (node, address)
);
