-- The core tables of the new catalogue, but redirects. In: harvested, admitted, rows, tops, members, names.
CREATE TABLE new_recordings AS
SELECT id, title, CASE WHEN artist <> '' THEN uuid5('artist', artist_source, artist) END AS artist_id,
    artist, year, duration_ms, genre
FROM (
    SELECT top,
        coalesce(arg_min(title, place) FILTER (title <> ''), '') AS title,
        coalesce(arg_min(artist, place) FILTER (artist <> ''), '') AS artist,
        arg_min(source, place) FILTER (artist <> '') AS artist_source,
        arg_min(year, place) FILTER (year IS NOT NULL) AS year,
        arg_min(duration_ms, place) FILTER (duration_ms IS NOT NULL) AS duration_ms,
        coalesce(arg_min(genre, place) FILTER (genre <> ''), '') AS genre
    FROM rows GROUP BY top) JOIN tops USING (top);

CREATE TABLE new_artists AS
SELECT DISTINCT artist_id AS id, artist AS name FROM new_recordings WHERE artist_id IS NOT NULL;

CREATE TABLE new_releases AS
SELECT id,
    coalesce(arg_min(title, place) FILTER (title <> ''), '') AS title,
    coalesce(arg_min(artist, place) FILTER (artist <> ''), '') AS artist,
    coalesce(arg_min(label, place) FILTER (label <> ''), '') AS label,
    arg_min(year, place) FILTER (year IS NOT NULL) AS year,
    coalesce(arg_min(genre, place) FILTER (genre <> ''), '') AS genre
FROM (
    SELECT uuid5('release', source, key) AS id, coalesce(nullif(title, ''), release) AS title,
        coalesce(nullif(artist, ''), release_artist) AS artist, label, year, genre, ordinal AS place
    FROM candidates WHERE entity = 'release'
    UNION ALL
    SELECT uuid5('release', source, release_key), release, release_artist, label, year, genre,
        ordinal + (1::BIGINT << 40)
    FROM rows WHERE release_key IS NOT NULL)
GROUP BY id;

CREATE TABLE new_tracks AS
SELECT id AS recording_id,
    (row_number() OVER (PARTITION BY id ORDER BY first_place) - 1)::INTEGER AS place,
    release_id, disc_number, track_number
FROM (
    SELECT top, uuid5('release', source, release_key) AS release_id, disc_number, track_number,
        min(place) AS first_place
    FROM rows WHERE release_key IS NOT NULL GROUP BY ALL) JOIN tops USING (top);

CREATE TABLE new_identifiers AS
SELECT DISTINCT id AS recording_id, scheme, value
FROM names JOIN members USING (node) JOIN tops USING (top);

CREATE TABLE new_rights AS
SELECT DISTINCT id AS recording_id, piece.kind AS kind, piece.statement AS statement,
    piece.origin AS origin, piece.holder AS holder
FROM (SELECT top, unnest(evidence) AS piece FROM rows WHERE len(evidence) > 0) JOIN tops USING (top);

CREATE TABLE new_locations AS
SELECT DISTINCT id AS recording_id, location_uri AS uri, location_access AS access,
    location_length AS length, location_sha256 AS sha256, location_media_type AS media_type
FROM rows JOIN tops USING (top) WHERE location_uri IS NOT NULL;

-- Sums in decimals: floating-point sums depend on the order, and so on the number of threads.
CREATE TABLE new_listens AS
SELECT id AS recording_id, source, coalesce(listens_unit, '') AS unit,
    coalesce(listens_window, '') AS period, sum(listens_count::DECIMAL(28, 6))::DOUBLE AS count
FROM rows JOIN tops USING (top)
WHERE isfinite(listens_count) AND listens_count >= 0 AND listens_count < 1e15 GROUP BY ALL;

CREATE TABLE new_source_rows AS
SELECT source, ordinal, entity, key,
    CASE WHEN reason IS NULL AND entity = 'release' THEN uuid5('release', source, key) ELSE id END AS id,
    CASE WHEN reason IS NULL AND entity <> 'release' AND id IS NULL THEN 'listens-without-recording'
        ELSE reason END AS reason
FROM (SELECT source, ordinal, entity, key, reason FROM admitted)
LEFT JOIN (SELECT source, ordinal, id FROM rows JOIN tops USING (top)) USING (source, ordinal);
