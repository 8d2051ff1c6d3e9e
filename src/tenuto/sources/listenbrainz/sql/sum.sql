-- A listener counts at most `cap` times a month for one recording.
CREATE OR REPLACE TEMP TABLE monthly AS
SELECT key, listener, sum(n) AS n, least(sum(n), getvariable('cap')) AS capped FROM plays GROUP BY key, listener, month;

CREATE OR REPLACE TEMP TABLE counts AS
SELECT key, count(*) AS listeners, sum(n)::BIGINT AS uncapped, sum(capped)::BIGINT AS capped,
    sum(capped * capped)::BIGINT AS squares
FROM (SELECT key, sum(n) AS n, sum(capped) AS capped FROM monthly GROUP BY key, listener)
GROUP BY key;

-- The names heard most often; among equals the last in code point order.
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT key, max({'n': n, 'title': title, 'artist': artist, 'release': release}) AS best, any_value(mbid) AS mbid
FROM (SELECT key, mbid, title, artist, release, sum(n) AS n FROM names GROUP BY ALL)
GROUP BY key;

CREATE OR REPLACE TABLE totals AS
SELECT mbid::VARCHAR AS mbid, coalesce(mbid::VARCHAR, fold(best.artist) || chr(10) || fold(best.title)) AS key,
    best.title, best.artist, best.release, listeners, uncapped, capped, squares
FROM counts JOIN chosen USING (key);
