-- Recordings whose rows in @table differ. In: both_ids; @before and @after, queries of id and the row's columns.
INSERT INTO differences
WITH before AS (SELECT id, md5_number(to_json(told)) AS digest, count(*) AS rows FROM (@before) AS told GROUP BY ALL),
    after AS (SELECT id, md5_number(to_json(told)) AS digest, count(*) AS rows FROM (@after) AS told GROUP BY ALL)
SELECT DISTINCT id, '@table'
FROM ((FROM before EXCEPT FROM after) UNION ALL (FROM after EXCEPT FROM before)) SEMI JOIN both_ids USING (id);
