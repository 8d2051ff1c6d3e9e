-- Ties that hold. In: ties, labels (of strands), strand_numbers, likely_pairs. Out: more joins.
-- Where words would chain two strands that bear together, the ties among words alone go: what is left are stars,
-- each around one strand that bears.
DELETE FROM ties WHERE NOT one_bears AND NOT two_bears AND one IN (
    SELECT node FROM labels WHERE label IN (
        SELECT label FROM labels JOIN strand_numbers ON number = node WHERE bears
        GROUP BY label HAVING count(*) > 1));

INSERT INTO joins
SELECT DISTINCT 'recording', sources.source, place, distinct_keys, key, 'match', value
FROM (SELECT source_place AS place, key, value FROM likely_pairs
    UNION ALL SELECT other_place, other_key, value FROM likely_pairs)
JOIN sources USING (place) SEMI JOIN ties USING (value);
