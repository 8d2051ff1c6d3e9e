INSERT INTO plays
SELECT key, listener, date_trunc('month', listened_at)::DATE AS month, count(*)
FROM heard WHERE fault = '' GROUP BY ALL;

INSERT INTO names SELECT key, mbid, title, artist, release, count(*) FROM heard WHERE fault = '' GROUP BY ALL;

INSERT INTO times SELECT min(listened_at), max(listened_at) FROM heard WHERE fault = '';
