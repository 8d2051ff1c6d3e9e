-- Recordings that nobody sang, and how files misname them. In words: docs/matching.md.
-- Out: @keys. Drawn by hash(i * 1009 + seed), because hash(i, seed) gives streams
-- that depend on each other.
CREATE OR REPLACE TEMP MACRO chance(i, seed) AS (hash(i * 1009 + seed) % 1000003) / 1000003.0;
CREATE OR REPLACE TEMP MACRO pick(i, seed, n) AS (hash(i * 1009 + seed) % n)::BIGINT;
CREATE OR REPLACE TEMP MACRO syllable(h) AS
    ['ba','con','de','fi','gor','hu','ja','ka','lo','mé','na','or','pi','qua','ré','sa','ti','u','ven','wa',
     'xi','yo','zu','ch','bra','cle','dro','flo','gri','pla','stra','tho','wh','sou','moon','ing','er','ly',
     'star','night','ö','an','el','is','ton','light'][(h % 46)::BIGINT + 1];
CREATE OR REPLACE TEMP MACRO word(w) AS
    syllable(hash(w)) || syllable(hash(w + 1000003))
    || CASE WHEN w % 3 = 0 THEN syllable(hash(w + 2000003)) ELSE '' END;
CREATE OR REPLACE TEMP MACRO drawn(i, seed) AS word(floor(pow(chance(i, seed), 3) * 20000)::BIGINT);
CREATE OR REPLACE TEMP MACRO song(t) AS
    CASE WHEN chance(t, 1) < 0.02
        THEN ['Intro', 'Outro', 'Untitled', 'Interlude', 'Home', 'Alone', 'Summer', 'Track 1', 'You', 'Love'][pick(t, 2, 10) + 1]
    ELSE upper(left(drawn(t, 3), 1)) || substr(drawn(t, 3), 2)
        || CASE WHEN chance(t, 4) < 0.8 THEN ' ' || drawn(t, 5) ELSE '' END
        || CASE WHEN chance(t, 4) < 0.5 THEN ' ' || drawn(t, 6) ELSE '' END
        || CASE WHEN chance(t, 4) < 0.2 THEN ' the ' || drawn(t, 7) ELSE '' END
        || CASE WHEN chance(t, 8) < 0.01 THEN ' Part ' || (1 + pick(t, 9, 3)) ELSE '' END END;
CREATE OR REPLACE TEMP MACRO singer(a) AS
    CASE WHEN chance(a, 11) < 0.25 THEN 'The ' ELSE '' END
    || upper(left(drawn(a, 12), 1)) || substr(drawn(a, 12), 2)
    || CASE WHEN chance(a, 13) < 0.95 THEN ' ' || word(pick(a, 14, 20000)) ELSE '' END;
CREATE OR REPLACE TEMP MACRO place(text, i, seed) AS 1 + pick(i, seed + 2, greatest(length(text), 1));
-- One letter wrong: left out, doubled, exchanged or changed.
CREATE OR REPLACE TEMP MACRO mistyped(text, i, seed) AS
    CASE pick(i, seed, 4)
    WHEN 0 THEN left(text, place(text, i, seed)) || substr(text, place(text, i, seed) + 2)
    WHEN 1 THEN left(text, place(text, i, seed)) || substr(text, place(text, i, seed))
    WHEN 2 THEN left(text, place(text, i, seed) - 1) || substr(text, place(text, i, seed) + 1, 1)
        || substr(text, place(text, i, seed), 1) || substr(text, place(text, i, seed) + 2)
    ELSE left(text, place(text, i, seed) - 1) || chr((97 + pick(i, seed + 1, 26))::INTEGER)
        || substr(text, place(text, i, seed) + 1) END;

CREATE OR REPLACE TABLE universe AS
WITH kinds AS (
    SELECT i, i // (3 * @release) AS artist, i // @release AS album, chance(i, 21) AS kind,
        i - 1 - pick(i, 22, 11) AS parent
    FROM range(@count) AS t(i)),
songs AS (
    SELECT *,
        -- A version of the same artist's song; a title that somebody else uses too; a song of its own.
        CASE WHEN kind < 0.20 AND parent >= 0 AND parent // (3 * @release) = artist THEN parent
            WHEN kind BETWEEN 0.20 AND 0.60 THEN floor(pow(chance(i, 23), 2) * @count)::BIGINT ELSE i END AS song
    FROM kinds)
SELECT i, album, song(song) AS name,
    CASE WHEN song IN (i, parent) OR chance(i, 32) > 0.04 THEN singer(artist)
        -- Others who play the song, under a name much like the first one's.
        ELSE ['The New ' || singer(song // (3 * @release)), singer(song // (3 * @release)) || ' Band',
            singer(song // (3 * @release)) || ' & ' || singer(i), mistyped(singer(song // (3 * @release)), i, 33)
            ][pick(i, 34, 4) + 1] END AS artist,
    upper(left(drawn(album, 24), 1)) || substr(drawn(album, 24), 2) || ' ' || drawn(album, 25) AS release,
    (1960 + pick(album, 26, 64))::INTEGER AS year, (i % @release + 1)::INTEGER AS track_number,
    90000 + pick(song, 27, 300000) + CASE
        WHEN song = i THEN 0
        WHEN kind < 0.17 AND pick(i, 28, 6) = 3 THEN pick(i, 29, 1500)
        WHEN song = parent THEN 4000 + pick(i, 29, 60000)
        ELSE pick(i, 29, 120000) - 60000 END AS duration_ms,
    CASE WHEN song <> parent OR song = i THEN ''
        WHEN kind < 0.17 THEN ['Live', 'Live at ' || drawn(i, 31), drawn(i, 31) || ' Remix', 'Instrumental',
            'Acoustic', 'Radio Edit'][pick(i, 28, 6) + 1] ELSE '' END AS version
FROM songs;

CREATE OR REPLACE TABLE @keys AS
WITH catalogue AS (
    SELECT i, 1 AS source, true AS distinct_keys,
        name || CASE WHEN version = '' THEN '' ELSE ' (' || version || ')' END AS title,
        artist, release, year, duration_ms, track_number
    FROM universe WHERE chance(i, 41) < 0.9),
files AS (
    SELECT f, universe.* FROM (SELECT f, pick(f, 51, @count) AS i FROM range(@files) AS t(f)) JOIN universe USING (i)),
spelled AS (
    SELECT i, f, release, year, duration_ms, track_number,
        CASE WHEN chance(f, 52) < 0.05 THEN mistyped(name, f, 53) ELSE name END
        || CASE WHEN chance(f, 56) < 0.06 THEN ' (feat. ' || singer(f) || ')' ELSE '' END
        || CASE WHEN version = '' OR chance(f, 57) < 0.02 THEN ''
            WHEN chance(f, 58) < 0.3 THEN ' - ' || version WHEN chance(f, 58) < 0.4 THEN ' [' || lower(version) || ']'
            ELSE ' (' || version || ')' END
        || CASE WHEN chance(f, 59) < 0.06 THEN ' - Remastered ' || (1990 + pick(f, 60, 30))
            WHEN chance(f, 59) < 0.08 THEN ' (' || (1990 + pick(f, 60, 30)) || ' Remaster)'
            WHEN chance(f, 59) < 0.10 THEN ' (Album Version)' ELSE '' END AS title,
        CASE WHEN chance(f, 61) < 0.04 THEN mistyped(artist, f, 62)
            WHEN chance(f, 61) < 0.10 THEN regexp_replace(artist, '^The ', '')
            WHEN chance(f, 61) < 0.14 THEN artist || [' feat. ', ' & ', ' ft. '][pick(f, 65, 3) + 1] || singer(f)
            WHEN chance(f, 61) < 0.16 THEN ['', 'Various Artists', 'Unknown Artist'][pick(f, 65, 3) + 1]
            ELSE artist END AS artist
    FROM files),
mistaken AS (
    SELECT i, 2 AS source, false AS distinct_keys,
        CASE WHEN chance(f, 66) < 0.10 THEN upper(title) WHEN chance(f, 66) < 0.20 THEN lower(title)
            WHEN chance(f, 66) < 0.25 THEN replace(title, ' ', '_') ELSE title END AS title,
        CASE WHEN chance(f, 67) < 0.15 THEN strip_accents(lower(artist)) ELSE artist END AS artist,
        CASE WHEN chance(f, 68) < 0.30 THEN '' WHEN chance(f, 68) < 0.45 THEN 'Greatest Hits ' || pick(f, 69, 200)
            WHEN chance(f, 68) < 0.55 THEN release || ' (Deluxe Edition)' ELSE release END AS release,
        CASE WHEN chance(f, 70) < 0.30 THEN NULL WHEN chance(f, 70) < 0.45 THEN year + 1 + pick(f, 71, 30)::INTEGER
            ELSE year END AS year,
        CASE WHEN chance(f, 72) < 0.10 THEN NULL WHEN chance(f, 72) < 0.90 THEN duration_ms - 2000 + pick(f, 73, 4001)
            WHEN chance(f, 72) < 0.98 THEN duration_ms - 5000 + pick(f, 73, 10001)
            ELSE duration_ms + 10000 + pick(f, 73, 60000) END AS duration_ms,
        CASE WHEN chance(f, 68) < 0.30 THEN NULL WHEN chance(f, 68) < 0.45 THEN (1 + pick(f, 74, 20))::INTEGER
            WHEN chance(f, 75) < 0.06 THEN (1 + pick(f, 74, @release))::INTEGER ELSE track_number END AS track_number
    FROM spelled)
SELECT (row_number() OVER (ORDER BY source, i, title, artist, release, duration_ms, year, track_number) - 1)::BIGINT AS node, source, distinct_keys, title, artist, release, year,
    duration_ms, track_number, i::VARCHAR AS label
FROM (FROM catalogue UNION ALL BY NAME FROM mistaken);

DROP TABLE universe;
