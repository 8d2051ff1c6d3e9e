-- The ranges that old_numbers lie in, none longer than @length.
CREATE OR REPLACE TABLE islands AS
SELECT min(number) AS low, max(number) AS high FROM old_numbers GROUP BY number // @length ORDER BY low;
