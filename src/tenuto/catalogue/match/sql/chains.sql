-- Links that merge may chain two recordings of one source together through others. In: match_chained
-- (label, other_label, score), match_components over it, match_taken, match_folded. Each such chain loses
-- its weakest links; match_chained keeps what must be looked at again.
CREATE OR REPLACE TABLE match_torn AS
SELECT DISTINCT component
FROM (
    SELECT component, source
    FROM (
        SELECT match_components.label AS component, vertex, source
        FROM match_components JOIN match_taken ON match_taken.label = vertex
        UNION
        SELECT match_components.label, vertex, source
        FROM match_components JOIN match_folded ON match_folded.label = vertex WHERE distinct_keys)
    GROUP BY ALL HAVING count(*) > 1);

CREATE OR REPLACE TABLE match_weakest AS
SELECT label, other_label
FROM (
    SELECT chained.label AS label, other_label,
        rank() OVER (PARTITION BY match_components.label ORDER BY score) AS place
    FROM match_chained AS chained JOIN match_components ON vertex = chained.label
    WHERE match_components.label IN (FROM match_torn))
WHERE place = 1;

DELETE FROM match_links USING match_weakest AS weak
WHERE match_links.label = weak.label AND match_links.other_label = weak.other_label;

CREATE OR REPLACE TABLE match_chained AS
SELECT chained.*
FROM match_chained AS chained JOIN match_components ON vertex = chained.label
WHERE match_components.label IN (FROM match_torn)
    AND (chained.label, other_label) NOT IN (SELECT (label, other_label) FROM match_weakest);
