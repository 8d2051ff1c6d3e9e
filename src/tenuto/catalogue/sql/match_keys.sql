-- What the matcher compares, a row a key; `tied`, what identifiers tie already. Out: matchable, tied.
CREATE TABLE matchable AS
SELECT min(turn) AS node, source_place AS source, any_value(distinct_keys) AS distinct_keys, key,
    coalesce(arg_min(title, turn) FILTER (title <> ''), '') AS title,
    coalesce(arg_min(artist, turn) FILTER (artist <> ''), '') AS artist,
    coalesce(arg_min(release, turn) FILTER (release <> ''), '') AS release,
    arg_min(year, turn) FILTER (year IS NOT NULL) AS year,
    arg_min(duration_ms, turn) FILTER (duration_ms IS NOT NULL) AS duration_ms,
    arg_min(track_number, turn) FILTER (track_number IS NOT NULL) AS track_number
FROM candidates
WHERE entity IN ('recording', 'listens') AND title <> '' AND (source, key) NOT IN (SELECT (source, key) FROM splits)
GROUP BY source_place, key;

CREATE TABLE tied AS
SELECT keys.node AS node, hub_keys.node AS other
FROM edges_recording JOIN nodes_recording AS nodes USING (node) JOIN nodes_recording AS hubs ON hubs.node = hub
JOIN matchable AS keys ON keys.source = nodes.source_place AND keys.key = nodes.key
JOIN matchable AS hub_keys ON hub_keys.source = hubs.source_place AND hub_keys.key = hubs.key;
