-- Every artist that a source names. Out: artist_refs (id, source, name, rows: how many tell of it),
-- told_artist.
-- Rows that tell of an artist name it before the credits do.
CREATE TABLE artist_refs AS
SELECT uuid5('artist', source, ref) AS id, source, ref, name, first_turn, rows
FROM (
    SELECT source, ref, coalesce(arg_min(name, first_turn) FILTER (name <> ''), '') AS name,
        min(first_turn) AS first_turn, sum(rows) AS rows
    FROM (
        SELECT source, key AS ref, coalesce(nullif(title, ''), artist) AS name, turn AS first_turn, 1 AS rows
        FROM candidates WHERE entity = 'artist'
        UNION ALL
        SELECT source, artist_ref, arg_min(artist, turn), min(turn) + (1::BIGINT << 62), 0
        FROM candidates WHERE entity IN ('recording', 'listens') AND described AND artist_ref IS NOT NULL
        GROUP BY source, artist_ref)
    GROUP BY source, ref);

-- One name on one recording, said by two sources, is one artist.
CREATE TABLE told_artist AS
FROM named_artists
UNION ALL
SELECT source, source_place, true, artist_ref, 'recording', top::VARCHAR || chr(10) || fold(artist)
FROM recording_rows
JOIN (SELECT id, top FROM merged_recording UNION ALL SELECT DISTINCT top, top FROM merged_recording) AS merged
    ON merged.id = own_id
WHERE described AND artist_ref IS NOT NULL AND trim(fold(artist)) <> '';
