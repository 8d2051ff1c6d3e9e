-- What goes with each recording, in rank order. In: live_releases, `ranked_tables` filled.
CREATE TABLE own_releases AS
SELECT number AS release, id AS release_id, title, artist, year, genre
FROM live_releases WHERE number IN (SELECT release FROM own_tracks);

CREATE TABLE ranked_tracks AS
SELECT rank, place, release_id, title, artist, disc_number, track_number, year, genre
FROM own_tracks JOIN own_releases USING (release)
ORDER BY rank, place;
DROP TABLE own_tracks;
DROP TABLE own_releases;

CREATE TABLE ranked_rights AS FROM own_rights ORDER BY ALL;
DROP TABLE own_rights;

-- What a list shows: year and genre fall back on the first release.
CREATE TABLE listed AS
SELECT rank, number, id, own_recordings.title AS title, own_recordings.artist AS artist, artist_number,
    coalesce(first_places.title, '') AS release, coalesce(own_recordings.year, first_places.year) AS year, duration_ms,
    coalesce(nullif(own_recordings.genre, ''), first_places.genre, '') AS genre, listens, basis, popularity
FROM own_recordings LEFT JOIN (FROM ranked_tracks WHERE place = 0) AS first_places USING (rank)
ORDER BY rank;
DROP TABLE own_recordings;
