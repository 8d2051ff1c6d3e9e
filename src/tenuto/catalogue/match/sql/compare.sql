-- The placed nodes, pair by pair within their blocks. In: match_placed, match_folded, match_common.
-- Out: match_scored gets each pair whose score could matter. A level is a place in the model's lists;
-- weights are whole hundredths of a bit, so that sums don't depend on their order.
CREATE OR REPLACE TEMP MACRO match_edits(a, b) AS
    CASE WHEN least(length(a), length(b)) >= 5 AND abs(length(a) - length(b)) <= 3
        THEN damerau_levenshtein(a, b) <= greatest(1, least(length(a), length(b)) // 6) ELSE false END;

CREATE OR REPLACE TEMP MACRO match_within(a, b) AS
    starts_with(b, a || ' ') OR ends_with(b, ' ' || a);

INSERT INTO match_scored
WITH wide AS (
    SELECT block, hub, match_folded.*, coalesce(held, 1) AS held,
        match_closed(whole) AS closed, match_closed(base) AS closed_base
    FROM match_placed JOIN match_folded USING (node)
    LEFT JOIN match_common ON match_common.title = hash(match_closed(whole))),
levels AS (
    SELECT a.node AS node, b.node AS other, a.label AS label, b.label AS other_label,
        a.source AS source, b.source AS other_source, a.distinct_keys AS alone, b.distinct_keys AS other_alone,
        CASE WHEN a.closed = b.closed THEN a.held
            WHEN a.closed_base = b.closed_base THEN 4
            WHEN match_edits(a.closed, b.closed) THEN 5
            WHEN match_within(a.whole, b.whole) OR match_within(b.whole, a.whole) THEN 6
            ELSE 7 END AS title,
        CASE WHEN a.artist = '' OR b.artist = '' THEN 5
            WHEN match_closed(a.artist) = match_closed(b.artist)
                OR list_sort(string_split(a.artist, ' ')) = list_sort(string_split(b.artist, ' ')) THEN 1
            WHEN match_closed(a.first) = match_closed(b.first)
                OR list_has_all(string_split(a.artist, ' '), string_split(b.artist, ' '))
                OR list_has_all(string_split(b.artist, ' '), string_split(a.artist, ' ')) THEN 2
            WHEN match_edits(a.first, b.first) OR match_edits(a.artist, b.artist) THEN 3
            ELSE 4 END AS artist,
        CASE WHEN a.versions = b.versions OR a.closed = b.closed THEN CASE WHEN a.versions = '' OR b.versions = '' THEN 1 ELSE 2 END
            WHEN a.versions = '' OR b.versions = '' THEN 3 ELSE 4 END AS version,
        CASE WHEN a.wording = b.wording OR a.closed = b.closed THEN 1
            WHEN a.wording = '' OR b.wording = '' THEN 2
            WHEN match_edits(a.wording, b.wording) THEN 1 ELSE 3 END AS wording,
        CASE WHEN a.numbers = b.numbers THEN 1 WHEN a.numbers = '' OR b.numbers = '' THEN 2 ELSE 3 END AS numbers,
        CASE WHEN a.duration_ms IS NULL OR b.duration_ms IS NULL THEN 6
            WHEN abs(a.duration_ms - b.duration_ms) <= 1000 THEN 1
            WHEN abs(a.duration_ms - b.duration_ms) <= 3000 THEN 2
            WHEN abs(a.duration_ms - b.duration_ms) <= 7000 THEN 3
            WHEN abs(a.duration_ms - b.duration_ms) <= 15000 THEN 4 ELSE 5 END AS duration,
        CASE WHEN a.release = '' OR b.release = '' THEN 6
            WHEN a.release = b.release THEN
                CASE WHEN a.track_number = b.track_number THEN 1
                    WHEN a.track_number <> b.track_number THEN 3 ELSE 2 END
            WHEN match_within(a.release, b.release) OR match_within(b.release, a.release)
                OR match_edits(a.release, b.release) THEN 4 ELSE 5 END AS release,
        CASE WHEN a.year IS NULL OR b.year IS NULL THEN 4
            WHEN a.year = b.year THEN 1 WHEN abs(a.year - b.year) = 1 THEN 2 ELSE 3 END AS year
    FROM wide AS a JOIN wide AS b USING (block)
    WHERE a.hub AND a.node < b.node AND (a.source <> b.source OR NOT a.distinct_keys) AND a.label <> b.label)
SELECT *, @score AS score FROM levels WHERE @score >= @least_score;
