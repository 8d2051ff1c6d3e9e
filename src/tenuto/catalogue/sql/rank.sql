-- Listens and popularity of every recording. In: live_recordings, live_listens, live_tracks.
-- Estimates: see docs/formats/snapshot.md, clause 9. Sums in decimals, so that any number of threads agrees.
CREATE TABLE counted AS
SELECT recording_id AS id, sum(count::DECIMAL(28, 6)) AS listens FROM live_listens GROUP BY ALL;

CREATE TABLE known AS
SELECT recordings.id, artist_id, release_id, listens
FROM live_recordings AS recordings
LEFT JOIN counted ON counted.id = recordings.id
LEFT JOIN (SELECT recording_id AS id, release_id FROM live_tracks WHERE place = 0) AS first_places
    ON first_places.id = recordings.id;

CREATE TABLE artist_sums AS
SELECT artist_id, count(listens) AS n, sum(listens)::DOUBLE AS total
FROM known WHERE artist_id IS NOT NULL AND listens IS NOT NULL GROUP BY ALL;

CREATE TABLE release_sums AS
SELECT release_id, count(listens) AS n, sum(listens)::DOUBLE AS total
FROM known WHERE release_id IS NOT NULL AND listens IS NOT NULL GROUP BY ALL;

CREATE TABLE estimated AS
WITH overall AS (SELECT sum(listens)::DOUBLE / count(listens) AS mean FROM known),
     shrunk AS (
        SELECT id, listens, release_id,
            (coalesce(artist_sums.total, 0) + 5 * overall.mean) / (coalesce(artist_sums.n, 0) + 5) AS artist_mean
        FROM overall, known LEFT JOIN artist_sums USING (artist_id))
SELECT id, coalesce(listens::DOUBLE,
        round((coalesce(release_sums.total, 0) + 5 * artist_mean) / (coalesce(release_sums.n, 0) + 5), 4)
    ) AS listens,
    CASE WHEN listens IS NULL THEN 'estimated' ELSE 'counted' END AS basis
FROM shrunk LEFT JOIN release_sums USING (release_id);

CREATE TABLE listened AS
@law;

CREATE TABLE popularity AS
WITH most AS (SELECT max(listens) AS listens FROM listened)
SELECT id, listened.listens AS listens, basis,
    (CASE WHEN listened.listens > 0
        THEN least(100, floor(100 * ln(1 + listened.listens) / ln(1 + most.listens) + 1e-9))
        ELSE 0 END)::UTINYINT AS popularity
FROM listened, most;
