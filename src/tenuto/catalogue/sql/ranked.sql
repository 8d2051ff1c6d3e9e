-- What goes with each recording, in rank order. In: the live views, placed (rank, number, listens, basis, popularity),
-- sources (source, priority). Only the numbers in `placed` are looked at.
CREATE TABLE places AS SELECT rank, number AS recording FROM placed;

CREATE TABLE ranked_tracks AS
SELECT rank, place, id AS release_id, title, artist, disc_number, track_number, year, genre
FROM live_tracks JOIN places USING (recording) JOIN live_releases ON live_releases.number = release
ORDER BY rank, place;

CREATE TABLE ranked_rights AS
SELECT rank, kind, statement, origin, holder FROM live_rights JOIN places USING (recording) ORDER BY ALL;

CREATE TABLE ranked_sources AS
SELECT DISTINCT rank, priority, source
FROM live_source_rows JOIN places ON recording = number JOIN sources USING (source) WHERE entity = 'recording';

-- What a list shows: year and genre fall back on the first release.
CREATE TABLE listed AS
SELECT placed.rank AS rank, placed.number AS number, live_recordings.id AS id, live_recordings.title AS title,
    live_recordings.artist AS artist, live_artists.id AS artist_id, coalesce(first_places.title, '') AS release,
    coalesce(live_recordings.year, first_places.year) AS year, duration_ms,
    coalesce(nullif(live_recordings.genre, ''), first_places.genre, '') AS genre,
    placed.listens AS listens, placed.basis AS basis, placed.popularity AS popularity
FROM placed JOIN live_recordings USING (number)
LEFT JOIN live_artists ON live_artists.number = artist_number
LEFT JOIN (FROM ranked_tracks WHERE place = 0) AS first_places ON first_places.rank = placed.rank
ORDER BY placed.rank;
