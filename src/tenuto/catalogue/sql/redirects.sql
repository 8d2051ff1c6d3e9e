-- Ids that lead elsewhere. In: the parent's old_recordings, old_source_rows, old_redirects; members, tops.
-- 1. The own id of every key that doesn't name its cluster. 2. Ids that the parent had and that no key of
-- their own stands for any more, by the keys they had then. 3. What the parent redirected already.
CREATE TABLE fresh AS
SELECT id, arg_min(target, (rule, node)) AS target
FROM (
    SELECT 1 AS rule, node, uuid5('recording', source, key) AS id, tops.id AS target
    FROM members JOIN tops USING (top) WHERE node <> top
    UNION ALL
    SELECT 2, node, old_source_rows.id, tops.id
    FROM old_source_rows JOIN members USING (source, key) JOIN tops USING (top)
    WHERE old_source_rows.entity <> 'release' AND old_source_rows.id IS NOT NULL)
WHERE id NOT IN (SELECT id FROM tops)
GROUP BY id;

CREATE TABLE new_redirects AS
FROM fresh
UNION ALL
SELECT old.id, coalesce(fresh.target, old.target)
FROM old_redirects AS old LEFT JOIN fresh ON fresh.id = old.target
WHERE old.id NOT IN (SELECT id FROM fresh) AND old.id NOT IN (SELECT id FROM tops);
