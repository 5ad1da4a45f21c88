-- What a POP3 server listed as the size of a message when it was fetched, true or not: another size under the same name is
-- another message. NULL where nobody noted it.
ALTER TABLE message ADD COLUMN listed_size BIGINT;
