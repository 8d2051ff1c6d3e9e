-- One bucket of recordings, with ids from @low to @high. In: bucket_files (recording_rows), old_recordings, @next.
CREATE OR REPLACE TABLE everything AS FROM bucket_files;

-- Counts that no row describes.
CREATE OR REPLACE TABLE homeless AS
SELECT id FROM everything WHERE NOT described EXCEPT SELECT id FROM everything WHERE described;

INSERT INTO unplaced
SELECT source, ordinal, 'listens', key, 'listens-without-recording' FROM everything SEMI JOIN homeless USING (id);

CREATE OR REPLACE VIEW bucket AS FROM everything ANTI JOIN homeless USING (id);

CREATE OR REPLACE TABLE several AS SELECT id FROM bucket GROUP BY id HAVING count(*) > 1;

CREATE OR REPLACE TABLE facts AS
SELECT id, title, artist, artist_number, year, duration_ms, genre FROM bucket ANTI JOIN several USING (id)
UNION ALL
SELECT id, coalesce(arg_min(title, turn) FILTER (title <> ''), ''),
    coalesce(arg_min(artist, turn) FILTER (artist <> ''), ''),
    arg_min(artist_number, turn) FILTER (artist_number IS NOT NULL),
    arg_min(year, turn) FILTER (year IS NOT NULL),
    arg_min(duration_ms, turn) FILTER (duration_ms IS NOT NULL),
    coalesce(arg_min(genre, turn) FILTER (genre <> ''), '')
FROM bucket SEMI JOIN several USING (id) GROUP BY id;

CREATE OR REPLACE TABLE numbered AS
SELECT id, coalesce(old.number, @next + row_number() OVER (PARTITION BY old.number IS NULL ORDER BY id) - 1)::UINTEGER
    AS number
FROM facts LEFT JOIN (SELECT id, number FROM old_recordings WHERE id BETWEEN '@low' AND '@high') AS old USING (id);

CREATE OR REPLACE VIEW new_recordings AS SELECT number, facts.* FROM facts JOIN numbered USING (id);

CREATE OR REPLACE TABLE new_tracks AS
SELECT number AS recording,
    (row_number() OVER (PARTITION BY number ORDER BY first_turn, release, disc_number, track_number) - 1)::UINTEGER
        AS place,
    release, disc_number, track_number
FROM (
    SELECT id, release, disc_number, track_number, min(turn) AS first_turn
    FROM bucket WHERE release IS NOT NULL GROUP BY ALL) JOIN numbered USING (id);

CREATE OR REPLACE VIEW new_identifiers AS
SELECT DISTINCT 'recording' AS entity, number, name.scheme AS scheme, name.value AS value
FROM (SELECT id, unnest(identifiers) AS name FROM bucket WHERE len(identifiers) > 0) JOIN numbered USING (id)
WHERE well_formed(name.scheme, name.value);

CREATE OR REPLACE VIEW new_rights AS
SELECT DISTINCT number AS recording, piece.kind AS kind, piece.statement AS statement, piece.origin AS origin,
    piece.holder AS holder
FROM (SELECT id, unnest(evidence) AS piece FROM bucket WHERE len(evidence) > 0) JOIN numbered USING (id);

CREATE OR REPLACE VIEW new_locations AS
SELECT DISTINCT number AS recording, location_uri AS uri, location_access AS access, location_length AS length,
    location_sha256 AS sha256, location_media_type AS media_type, location_sha1 AS sha1, location_md5 AS md5
FROM bucket JOIN numbered USING (id) WHERE location_uri IS NOT NULL;

CREATE OR REPLACE VIEW new_features AS
SELECT number AS recording, arg_min(features_explicit, turn) FILTER (features_explicit IS NOT NULL) AS explicit,
    arg_min(features_key, turn) FILTER (features_key IS NOT NULL) AS key,
    arg_min(features_mode, turn) FILTER (features_mode IS NOT NULL) AS mode,
    arg_min(features_tempo, turn) FILTER (features_tempo IS NOT NULL) AS tempo
FROM bucket JOIN numbered USING (id)
WHERE coalesce(features_explicit::INTEGER, features_key, features_tempo) IS NOT NULL OR features_mode IS NOT NULL
GROUP BY number;

-- Each listener counts at most @cap times in one source, unit and period. Sums in decimals: floating-point sums
-- depend on the order, and so on the number of threads. No squares: as many as the count (snapshot.md, clause 9).
CREATE OR REPLACE VIEW new_listens AS
SELECT recording, source, unit, period, sum(n)::DOUBLE AS count, sum(people)::BIGINT AS listeners,
    nullif(sum(power), sum(n))::DOUBLE AS squares
FROM (
    SELECT number AS recording, source, coalesce(listens_unit, '') AS unit, coalesce(listens_window, '') AS period,
        CASE WHEN listens_listener <> '' THEN least(sum(n), @cap) ELSE sum(n) END AS n,
        CASE WHEN listens_listener <> '' THEN 1 ELSE sum(listens_listeners) END AS people,
        CASE WHEN listens_listener <> '' THEN least(sum(n), @cap) * least(sum(n), @cap)
            ELSE sum(coalesce(listens_squares, listens_count)::DECIMAL(28, 6)) END AS power
    FROM (SELECT *, listens_count::DECIMAL(28, 6) AS n FROM bucket
        WHERE isfinite(listens_count) AND listens_count >= 0 AND listens_count < 1e15) JOIN numbered USING (id)
    GROUP BY number, source, unit, period, listens_listener)
GROUP BY recording, source, unit, period;

CREATE OR REPLACE VIEW new_source_rows AS
SELECT 'recording' AS entity, number, source, ordinal, key, listens, braced(apart) AS differs
FROM bucket ANTI JOIN several USING (id) JOIN numbered USING (id)
UNION ALL
SELECT 'recording', number, source, ordinal, key, listens, braced(concat_ws(',',
    CASE WHEN bucket.title <> facts.title THEN '"title":' || to_json(bucket.title) END,
    CASE WHEN bucket.artist <> facts.artist THEN '"artist":' || to_json(bucket.artist) END,
    CASE WHEN bucket.year IS DISTINCT FROM facts.year THEN '"year":' || coalesce(bucket.year::VARCHAR, 'null') END,
    CASE WHEN bucket.duration_ms IS DISTINCT FROM facts.duration_ms
        THEN '"duration_ms":' || coalesce(bucket.duration_ms::VARCHAR, 'null') END,
    CASE WHEN bucket.genre <> facts.genre THEN '"genre":' || to_json(bucket.genre) END,
    CASE WHEN len(identifiers) > 0 THEN '"identifiers":' || to_json(identifiers) END,
    CASE WHEN len(evidence) > 0 THEN '"evidence":' || to_json(evidence) END,
    CASE WHEN location_uri IS NOT NULL THEN '"location":' || json_array(location_uri, location_access,
        location_length, location_sha256, location_media_type, location_sha1, location_md5) END,
    CASE WHEN coalesce(features_explicit::INTEGER, features_key, features_tempo) IS NOT NULL
            OR features_mode IS NOT NULL
        THEN '"features":' || json_array(features_explicit, features_key, features_mode, features_tempo) END,
    CASE WHEN listens_count IS NOT NULL AND NOT contains(apart, '"listens":') THEN '"listens":' || json_array(
        listens_count, listens_unit, listens_window, listens_listener, listens_listeners, listens_squares) END,
    CASE WHEN bucket.artist_number IS DISTINCT FROM facts.artist_number AND bucket.artist <> ''
            AND NOT contains(apart, '"artist_key":')
        THEN '"artist_key":' || coalesce(to_json(artist_key)::VARCHAR, 'null') END,
    CASE WHEN new_tracks.place > 0 THEN '"place":' || new_tracks.place
        WHEN new_tracks.place IS NULL THEN '"place":null' END,
    nullif(apart, '')))
FROM bucket SEMI JOIN several USING (id) JOIN numbered USING (id) JOIN facts USING (id)
LEFT JOIN new_tracks ON new_tracks.recording = number AND new_tracks.release = bucket.release
    AND new_tracks.disc_number IS NOT DISTINCT FROM bucket.disc_number
    AND new_tracks.track_number IS NOT DISTINCT FROM bucket.track_number;

CREATE OR REPLACE VIEW new_links AS
SELECT number AS recording, source, key, other_source, other_key, method, confidence, evidence, merged
FROM links_by_id JOIN numbered USING (id);
