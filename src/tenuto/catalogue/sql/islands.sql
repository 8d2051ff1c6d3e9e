-- The ranges that old_numbers lie in; numbers further apart than @apart begin a new one.
CREATE OR REPLACE TABLE islands AS
SELECT min(number) AS low, max(number) AS high
FROM (SELECT number, count(*) FILTER (far) OVER (ORDER BY number) AS island
    FROM (SELECT number, number - lag(number) OVER (ORDER BY number) > @apart AS far FROM old_numbers))
GROUP BY island ORDER BY low;
