-- What is proposed, and what blocking left out. In: match_links, match_left. Out: @into, @{into}_left.
CREATE TABLE @into AS
SELECT node, other, confidence, @evidence AS evidence FROM match_links ORDER BY node, other;

CREATE TABLE @{into}_left AS
SELECT rule, reason, sum(blocks)::BIGINT AS blocks, sum(nodes)::BIGINT AS nodes
FROM match_left GROUP BY ALL HAVING sum(nodes) > 0 ORDER BY ALL;
