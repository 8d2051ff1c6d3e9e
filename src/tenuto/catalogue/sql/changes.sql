-- What one bucket changes in @table. Of each key all rows or none: the digests of all its rows must agree, and how many
-- rows have each. @told: the columns that tell (an ordinal doesn't: a row may only have moved).
CREATE OR REPLACE TABLE changed AS
WITH new_digests AS (SELECT @key, md5_number(to_json(row(@told))) AS digest, count(*) AS rows FROM @new GROUP BY ALL),
     old_digests AS (SELECT @key, md5_number(to_json(row(@told))) AS digest, count(*) AS rows FROM @old GROUP BY ALL)
SELECT DISTINCT @key
FROM ((FROM new_digests EXCEPT FROM old_digests) UNION ALL (FROM old_digests EXCEPT FROM new_digests));

INSERT INTO changed_@table SELECT @columns FROM @new SEMI JOIN changed USING (@key);
INSERT INTO gone_@table SELECT @key FROM changed ANTI JOIN @new USING (@key);
