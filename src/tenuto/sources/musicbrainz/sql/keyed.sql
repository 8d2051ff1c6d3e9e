-- A view over the loaded table `@table`. Of rows with the same id the first counts; the others are rejects.

CREATE TABLE @{table}_repeated AS
SELECT id, min(line) AS first FROM @{table}_read GROUP BY id HAVING count(*) > 1;

CREATE VIEW @table AS
SELECT @{table}_read.* FROM @{table}_read LEFT JOIN @{table}_repeated USING (id)
WHERE first IS NULL OR line = first;

INSERT INTO rejects
SELECT 'mbdump/@table:' || line, 'the id ' || id || ' stands there a second time; mend the line', @raw
FROM @{table}_read JOIN @{table}_repeated USING (id)
WHERE line > first
ORDER BY line;
