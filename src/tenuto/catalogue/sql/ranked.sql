-- Everything in rank order. In: the live views, positions (popularity.parquet), sources.
-- Rank: listens, then source order (priority, source, ordinal) of the recording's first row.
CREATE TABLE source_order AS
SELECT id, min((priority, source, ordinal)) AS first_row
FROM live_source_rows JOIN sources USING (source)
WHERE id IS NOT NULL AND entity <> 'release' GROUP BY id;

CREATE TABLE ranked AS
WITH numbered AS (SELECT *, row_number() OVER (ORDER BY id) - 1 AS position FROM live_recordings),
     placed AS (SELECT * EXCLUDE (file_row_number), file_row_number AS position FROM positions)
SELECT row_number() OVER (ORDER BY listens DESC, first_row) - 1 AS rank, *
FROM numbered JOIN placed USING (position) JOIN source_order USING (id)
ORDER BY rank;

CREATE TABLE places AS SELECT rank, id AS recording_id FROM ranked;

CREATE TABLE ranked_tracks AS
SELECT rank, place, release_id, title, artist, disc_number, track_number, year, genre
FROM live_tracks JOIN places USING (recording_id) JOIN live_releases ON live_releases.id = release_id
ORDER BY rank, place;

CREATE TABLE ranked_identifiers AS
SELECT rank, scheme, value FROM live_identifiers JOIN places USING (recording_id) ORDER BY ALL;

CREATE TABLE ranked_rights AS
SELECT rank, kind, statement, origin, holder FROM live_rights JOIN places USING (recording_id) ORDER BY ALL;

CREATE TABLE ranked_locations AS
SELECT rank, uri, access, length, sha256, media_type FROM live_locations JOIN places USING (recording_id)
ORDER BY ALL;

CREATE TABLE ranked_listens AS
SELECT rank, priority, source, count, unit, period
FROM live_listens JOIN places USING (recording_id) JOIN sources USING (source)
ORDER BY rank, priority, source, unit, period;

-- At most 100 a recording, rows that describe first: a much-played one has a row a play.
CREATE TABLE ranked_rows AS
SELECT rank, priority, source, ordinal, key
FROM live_source_rows JOIN places ON recording_id = id JOIN sources USING (source)
WHERE entity <> 'release'
QUALIFY row_number() OVER (PARTITION BY rank ORDER BY entity = 'listens', priority, source, ordinal) <= 100
ORDER BY rank, priority, source, ordinal;

CREATE TABLE ranked_sources AS
SELECT DISTINCT rank, priority, source
FROM live_source_rows JOIN places ON recording_id = id JOIN sources USING (source) WHERE entity <> 'release';

-- What a list shows: year and genre fall back on the first release.
CREATE TABLE listed AS
SELECT ranked.rank AS rank, ranked.id AS id, ranked.title AS title, ranked.artist AS artist, artist_id,
    coalesce(first_places.title, '') AS release, coalesce(ranked.year, first_places.year) AS year,
    duration_ms, coalesce(nullif(ranked.genre, ''), first_places.genre, '') AS genre,
    listens, basis, popularity
FROM ranked LEFT JOIN (FROM ranked_tracks WHERE place = 0) AS first_places ON first_places.rank = ranked.rank
ORDER BY ranked.rank;
