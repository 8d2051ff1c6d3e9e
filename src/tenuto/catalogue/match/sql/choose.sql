-- From scores to confidences. In: match_scored, match_folded, match_taken. Out: match_links.
-- Different nodes of a source with distinct keys are different recordings: at most one of them is the
-- right partner, so that they share what there is of probability (Bayes' rule over exclusive hypotheses).
-- Two equally good ones get less than a half each: neither merges.
CREATE OR REPLACE TABLE match_pairs AS
SELECT DISTINCT ON (node, other) *,
    -- Odds in units of 2^-20, in whole numbers: their sums don't depend on the order either.
    (pow(2, least(score, 4000) / 100 + 20))::HUGEINT AS odds
FROM match_scored;

-- Joined with the pairs first: DuckDB decides NOT EXISTS by all sources' nodes with each other, which is quadratic.
CREATE OR REPLACE TABLE match_impossible AS
SELECT DISTINCT node, other
FROM match_pairs AS pair JOIN match_taken AS ours ON ours.label = pair.label
JOIN match_taken AS theirs ON theirs.label = pair.other_label AND theirs.source = ours.source;

DELETE FROM match_pairs USING match_impossible AS not_these
WHERE match_pairs.node = not_these.node AND match_pairs.other = not_these.other;

CREATE OR REPLACE TABLE match_sides AS
SELECT label, source, partner, max(odds) AS odds
FROM (
    SELECT label, other_source AS source, other_label AS partner, odds FROM match_pairs WHERE other_alone
    UNION ALL
    SELECT other_label, source, label, odds FROM match_pairs WHERE alone)
GROUP BY ALL;

CREATE OR REPLACE TABLE match_rivals AS
SELECT label, source, partner, sum(odds) OVER (PARTITION BY label, source) - odds AS odds FROM match_sides;

CREATE OR REPLACE TABLE match_links AS
SELECT pair.node AS node, pair.other AS other, pair.label AS label, pair.other_label AS other_label, score,
    coalesce(ours.odds, 0) + coalesce(theirs.odds, 0) AS rivals,
    least(0.9999, round(pair.odds::DOUBLE
        / (pair.odds + 1048576 + coalesce(ours.odds, 0) + coalesce(theirs.odds, 0))::DOUBLE, 4)) AS confidence,
    pair.title AS title, pair.artist AS artist, pair.version AS version, pair.wording AS wording,
    pair.numbers AS numbers, pair.duration AS duration, pair.release AS release, pair.year AS year
FROM match_pairs AS pair
LEFT JOIN match_rivals AS ours
    ON pair.other_alone AND ours.label = pair.label AND ours.source = pair.other_source AND ours.partner = pair.other_label
LEFT JOIN match_rivals AS theirs
    ON pair.alone AND theirs.label = pair.other_label AND theirs.source = pair.source AND theirs.partner = pair.label
WHERE confidence >= @review;
