-- Ids that lead elsewhere. In: merged_recording, live_recordings; the parent's old_recordings, old_source_rows
-- and old_redirects; @gone, the numbers of the parent's recordings that are no more.
-- 1. The own id of every key that doesn't name its recording. 2. Ids that the parent had and that no key of
-- their own stands for any more, by the keys they had then. 3. What the parent redirected already.
CREATE TABLE leads AS
SELECT 1 AS rule, 0::BIGINT AS turn, id, top AS target FROM merged_recording
UNION ALL
SELECT 2, ordinal, old.id, coalesce(merged.top, rows.own_id)
FROM @gone AS gone JOIN old_recordings AS old USING (number)
JOIN (SELECT number, ordinal, uuid5('recording', source, key) AS own_id FROM old_source_rows
    WHERE entity = 'recording') AS rows USING (number)
LEFT JOIN merged_recording AS merged ON merged.id = rows.own_id;

CREATE TABLE living AS
SELECT id FROM live_recordings
SEMI JOIN (SELECT id FROM leads UNION SELECT target FROM leads UNION SELECT id FROM old_redirects
    UNION SELECT target FROM old_redirects) AS asked USING (id);

CREATE TABLE fresh AS
SELECT id, arg_min(target, (rule, turn)) AS target
FROM leads WHERE target IN (FROM living) AND id NOT IN (FROM living) GROUP BY id;

CREATE TABLE new_redirects AS
FROM fresh
UNION ALL
SELECT old.id, coalesce(fresh.target, old.target)
FROM old_redirects AS old LEFT JOIN fresh ON fresh.id = old.target
WHERE old.id NOT IN (SELECT id FROM fresh) AND old.id NOT IN (FROM living);
