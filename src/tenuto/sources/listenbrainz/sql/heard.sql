-- Times are UTC. October 2002 is ListenBrainz' own lower bound (LISTEN_MINIMUM_DATE).
-- The batch with a key for each listen, or what is wrong with it. A malformed MBID is none.
CREATE OR REPLACE TEMP TABLE heard AS
SELECT number, listened_at, listener, artist, title, coalesce(release, '') AS release,
    try_cast(mbid AS UUID) AS mbid,
    CASE
        WHEN listened_at IS NULL THEN 'it has no time'
        WHEN listened_at < TIMESTAMP '2002-10-01' THEN 'its time is before October 2002'
        WHEN listened_at > coalesce($latest, 'infinity'::TIMESTAMP) THEN 'its time is after the dump''s'
        WHEN listener IS NULL THEN 'it has no listener'
        WHEN fold(title) IS NULL OR fold(title) = '' THEN 'it names no recording'
        WHEN fold(artist) IS NULL OR fold(artist) = '' THEN 'it names no artist'
        ELSE ''
    END AS fault
FROM batch;
