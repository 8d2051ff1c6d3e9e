CREATE OR REPLACE TEMP TABLE keyed AS
SELECT coalesce(mbid, md5(fold(artist) || chr(10) || fold(title))::UUID) AS key,
    listener, date_trunc('month', listened_at)::DATE AS month, mbid, title, artist, release
FROM heard WHERE fault = '';

INSERT INTO plays SELECT key, listener, month, count(*) FROM keyed GROUP BY ALL;

INSERT INTO names SELECT key, mbid, title, artist, release, count(*) FROM keyed GROUP BY ALL;
