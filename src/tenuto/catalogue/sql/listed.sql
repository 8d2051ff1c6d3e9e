-- What a list shows: year and genre fall back on the first release. In: own_recordings, own_tracks.
CREATE OR REPLACE TABLE listed AS
SELECT rank, number, id, own_recordings.title AS title, own_recordings.artist AS artist,
    coalesce(first_places.title, '') AS release, coalesce(own_recordings.year, first_places.year) AS year, duration_ms,
    coalesce(nullif(own_recordings.genre, ''), first_places.genre, '') AS genre, listens, basis, popularity
FROM own_recordings LEFT JOIN (FROM own_tracks WHERE place = 0) AS first_places USING (rank);
