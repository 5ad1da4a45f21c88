-- The rungs between the system's roots and no look at all: authorities of one's own (PEM), and the one certificate whose
-- key is trusted (JSON, as people look at it).
ALTER TABLE account ADD COLUMN authority TEXT;
ALTER TABLE account ADD COLUMN pinned TEXT;
