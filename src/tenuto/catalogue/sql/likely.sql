-- The likely pairs by their keys, and the strands that they would tie: what identifiers have tied already.
-- Likeness never ties two strands that bear audio or rights: one's licence would clear the other's files
-- (docs/matching.md). In: likely, matchable, merged_recording. Out: likely_pairs, ties (value, one, two).
CREATE TABLE likely_pairs AS
SELECT likely.node || '-' || other AS value, likely.confidence AS confidence, evidence,
    one.source AS source_place, one.key AS key, two.source AS other_place, two.key AS other_key
FROM likely JOIN matchable AS one ON one.node = likely.node JOIN matchable AS two ON two.node = other;

CREATE TABLE strands AS
SELECT source_place, key, coalesce(top, own_id) AS strand, bears
FROM (SELECT source_place, key, own_id, bool_or(location_uri IS NOT NULL OR len(evidence) > 0) AS bears
    FROM recording_rows GROUP BY ALL)
LEFT JOIN merged_recording AS merged ON merged.id = own_id;

CREATE TABLE strand_numbers AS
SELECT strand, bool_or(bears) AS bears, row_number() OVER (ORDER BY strand) AS number FROM strands GROUP BY strand;

CREATE TABLE ties AS
SELECT value, confidence, one.number AS one, two.number AS two, one.bears AS one_bears, two.bears AS two_bears
FROM likely_pairs AS pairs
JOIN strands AS s ON s.source_place = pairs.source_place AND s.key = pairs.key
JOIN strands AS t ON t.source_place = other_place AND t.key = other_key
JOIN strand_numbers AS one ON one.strand = s.strand JOIN strand_numbers AS two ON two.strand = t.strand
WHERE confidence >= @merge AND one.number <> two.number AND NOT (one.bears AND two.bears);

-- Each strand of words alone is tied to the likeliest strand that bears, and to no other.
DELETE FROM ties WHERE (one_bears OR two_bears) AND value NOT IN (
    SELECT arg_max(value, (confidence, value)) FROM ties WHERE one_bears OR two_bears
    GROUP BY CASE WHEN one_bears THEN two ELSE one END);

CREATE OR REPLACE TABLE edges AS SELECT greatest(one, two) AS node, least(one, two) AS hub FROM ties;
CREATE OR REPLACE TABLE labels AS
SELECT DISTINCT node, node AS label FROM (SELECT node FROM edges UNION ALL SELECT hub FROM edges);
