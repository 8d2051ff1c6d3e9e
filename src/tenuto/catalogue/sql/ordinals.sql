-- Ordinals last: a row that the parent had keeps its own, wherever its source has it now, and others come behind all of
-- their source, in its order. So a row that comes or goes changes no other. Of rows with one key the first are the same.
-- In and out: changed_source_rows, new_unplaced_rows. In: gone_ and old_source_rows, old_unplaced_rows.
CREATE TABLE looked_at AS
SELECT entity, number FROM changed_source_rows UNION FROM gone_source_rows;

CREATE TABLE settled AS
WITH now AS (
        SELECT source, ordinal, key, CASE WHEN listens THEN 'listens' ELSE entity END AS kind FROM changed_source_rows
        UNION ALL SELECT source, ordinal, key, entity FROM new_unplaced_rows),
    was AS (
        SELECT source, ordinal, key, CASE WHEN listens THEN 'listens' ELSE entity END AS kind
        FROM old_source_rows SEMI JOIN looked_at USING (entity, number)
        UNION ALL SELECT source, ordinal, key, entity FROM old_unplaced_rows),
    counted AS (SELECT *, row_number() OVER (PARTITION BY source, key, kind ORDER BY ordinal) AS nth FROM now),
    counted_before AS (
        SELECT source, key, kind, ordinal AS kept, row_number() OVER (PARTITION BY source, key, kind ORDER BY ordinal) AS nth
        FROM was),
    given AS (
        SELECT source, max(ordinal) AS last
        FROM (SELECT source, ordinal FROM old_source_rows UNION ALL SELECT source, ordinal FROM old_unplaced_rows)
        GROUP BY source)
SELECT source, ordinal, coalesce(kept, coalesce(last, -1)
    + row_number() OVER (PARTITION BY source, kept IS NULL ORDER BY ordinal)) AS lasting
FROM counted LEFT JOIN counted_before USING (source, key, kind, nth) LEFT JOIN given USING (source);

CREATE OR REPLACE TABLE changed_source_rows AS
SELECT changed.* REPLACE (lasting AS ordinal) FROM changed_source_rows AS changed JOIN settled USING (source, ordinal);

CREATE TABLE settled_unplaced_rows AS
SELECT unplaced.* REPLACE (lasting AS ordinal) FROM new_unplaced_rows AS unplaced JOIN settled USING (source, ordinal);
