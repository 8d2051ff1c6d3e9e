-- Recordings whose rows in @table differ. In: both_ids; @before and @after, queries of id and the row's columns.
INSERT INTO differences
WITH before AS (SELECT id, md5_number(to_json(told)) AS digest FROM (@before) AS told),
    after AS (SELECT id, md5_number(to_json(told)) AS digest FROM (@after) AS told)
SELECT DISTINCT id, '@table'
FROM ((FROM before EXCEPT FROM after) UNION ALL (FROM after EXCEPT FROM before)) SEMI JOIN both_ids USING (id);
