-- The batch with a key for each listen, and with what is wrong with it. A malformed MBID is none.
-- Times are UTC. October 2002 is ListenBrainz' own lower bound (LISTEN_MINIMUM_DATE).
CREATE OR REPLACE TEMP TABLE heard AS
SELECT number, listened_at, listener, artist, title, release, mbid,
    coalesce(mbid, md5(fold(artist) || chr(10) || fold(title))::UUID) AS key,
    CASE
        WHEN listened_at IS NULL THEN 'it has no time'
        WHEN listened_at < TIMESTAMP '2002-10-01' THEN 'its time is before October 2002'
        WHEN listened_at > coalesce($latest, 'infinity'::TIMESTAMP) THEN 'its time is after the dump''s'
        WHEN listener IS NULL THEN 'it has no listener'
        WHEN says_nothing(title) THEN 'it names no recording'
        WHEN says_nothing(artist) THEN 'it names no artist'
        ELSE ''
    END AS fault
FROM (SELECT * REPLACE (try_cast(mbid AS UUID) AS mbid, coalesce(release, '') AS release) FROM batch);
