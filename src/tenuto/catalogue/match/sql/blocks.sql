-- One rule's candidates in one slice of its blocks. In: match_folded. Out: match_placed (block, node, hub).
-- A block is all nodes with equal @key; it may give @most_pairs pairs. One that gives more is split by
-- duration into slots, each node in its own and the next, so that near durations meet in one of them.
-- Where that doesn't help (a song on hundreds of releases) or a duration is missing, nodes are compared with
-- the block's hubs only: its first nodes, those of the best source. So the work stays linear; match_left
-- counts these nodes.
CREATE OR REPLACE TEMP MACRO match_sizes(placed) AS TABLE
    SELECT block, sum(n) AS nodes,
        (sum(n) * sum(n) - sum(CASE WHEN distinct_keys THEN n * n ELSE n END)) // 2 AS pairs
    FROM (SELECT block, source, distinct_keys, count(*) AS n FROM query_table(placed) GROUP BY ALL)
    GROUP BY block;

CREATE OR REPLACE TABLE match_keyed AS
SELECT hash(@key) AS block, node, source, distinct_keys, duration_ms
FROM match_folded WHERE @present AND hash(@key) % @slices = @slice;

CREATE OR REPLACE TABLE match_large AS
SELECT match_keyed.*
FROM match_keyed SEMI JOIN (FROM match_sizes('match_keyed') WHERE pairs > @most_pairs) USING (block);

CREATE OR REPLACE TABLE match_split AS
SELECT hash(block, duration_ms // @slot_ms + step) AS block, node, source, distinct_keys
FROM match_large, (VALUES (0), (1)) AS steps(step) WHERE duration_ms IS NOT NULL;

INSERT INTO match_left
SELECT '@rule', 'no duration', count(DISTINCT block), count(*) FROM match_large WHERE duration_ms IS NULL
UNION ALL
SELECT '@rule', 'too many alike', count(*), coalesce(sum(nodes), 0)::BIGINT
FROM match_sizes('match_split') WHERE pairs > @most_pairs;

CREATE OR REPLACE TEMP MACRO match_hub(place, nodes) AS place <= greatest(1, @most_pairs // nodes);

CREATE OR REPLACE TABLE match_placed AS
SELECT block, node, true AS hub
FROM match_keyed SEMI JOIN (FROM match_sizes('match_keyed') WHERE pairs BETWEEN 1 AND @most_pairs) USING (block)
UNION ALL
SELECT block, node, true
FROM match_split SEMI JOIN (FROM match_sizes('match_split') WHERE pairs BETWEEN 1 AND @most_pairs) USING (block)
UNION ALL
SELECT block, node, match_hub(row_number() OVER (PARTITION BY block ORDER BY node), count(*) OVER (PARTITION BY block))
FROM match_split SEMI JOIN (FROM match_sizes('match_split') WHERE pairs > @most_pairs) USING (block)
UNION ALL
SELECT block, node, hub
FROM (SELECT block, node, duration_ms, match_hub(
    row_number() OVER (PARTITION BY block ORDER BY node), count(*) OVER (PARTITION BY block)) AS hub FROM match_large)
WHERE hub OR duration_ms IS NULL;
