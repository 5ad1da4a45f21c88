-- Of SQLite alone, where one process writes at a time. Here several do, and the unique index by hash is what keeps two of
-- them from storing the same bytes under two numbers.
SELECT 1;
