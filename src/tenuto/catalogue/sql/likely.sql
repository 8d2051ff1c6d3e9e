-- The likely pairs by their keys; those of at least @merge are tied. In: likely, matchable. Out: likely_pairs.
CREATE TABLE likely_pairs AS
SELECT likely.node || '-' || other AS value, likely.confidence AS confidence, evidence,
    one.source AS source_place, one.key AS key, two.source AS other_place, two.key AS other_key
FROM likely JOIN matchable AS one ON one.node = likely.node JOIN matchable AS two ON two.node = other;

INSERT INTO joins
SELECT DISTINCT 'recording', sources.source, place, distinct_keys, key, 'match', value
FROM (SELECT source_place AS place, key, value FROM likely_pairs WHERE confidence >= @merge
    UNION ALL SELECT other_place, other_key, value FROM likely_pairs WHERE confidence >= @merge)
JOIN sources USING (place);
