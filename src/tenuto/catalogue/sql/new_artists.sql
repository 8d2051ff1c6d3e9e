-- Artists with their numbers. In: artist_refs, merged_artist, old_artists, @next. Out: new_artists, artist_keys
-- (own id -> number), artist_rows.
CREATE TABLE artist_tops AS
SELECT artist_refs.*, coalesce(top, artist_refs.id) AS top
FROM artist_refs LEFT JOIN merged_artist ON merged_artist.id = artist_refs.id;

CREATE TABLE artist_facts AS
SELECT top AS id, coalesce(arg_min(name, first_turn) FILTER (name <> ''), '') AS name FROM artist_tops GROUP BY top;

CREATE TABLE new_artists AS
SELECT coalesce(old.number, @next + row_number() OVER (PARTITION BY old.number IS NULL ORDER BY id) - 1)::UINTEGER
    AS number, id, name
FROM artist_facts LEFT JOIN (SELECT id, number FROM old_artists) AS old USING (id);

-- `known`: the artist has one row in this source, whose key stands for it; `keyed`: it is this key.
CREATE TABLE artist_keys AS
SELECT artist_tops.id AS id, number, rows = 1 AND told = 1 AS keyed, told = 1 AS known
FROM artist_tops JOIN new_artists ON new_artists.id = top
JOIN (SELECT top, source, sum(rows) AS told FROM artist_tops GROUP BY ALL) AS of_source USING (top, source);

CREATE VIEW artist_rows AS
SELECT number, source, ordinal, key, title, artist, label, year, genre, identifiers, others
FROM entity_rows JOIN artist_keys ON artist_keys.id = uuid5('artist', source, key)
WHERE entity = 'artist';

CREATE TABLE new_identifiers AS
SELECT DISTINCT 'artist' AS entity, number, told.scheme AS scheme, told.value AS value
FROM named_artists AS told JOIN artist_keys ON artist_keys.id = uuid5('artist', source, key);

CREATE TABLE new_source_rows AS
SELECT 'artist' AS entity, number, source, ordinal, key, false AS listens,
    braced(concat_ws(',',
        CASE WHEN title <> new_artists.name THEN '"title":' || to_json(title) END,
        CASE WHEN artist <> '' THEN '"artist":' || to_json(artist) END,
        CASE WHEN label <> '' THEN '"label":' || to_json(label) END,
        CASE WHEN year IS NOT NULL THEN '"year":' || year END,
        CASE WHEN genre <> '' THEN '"genre":' || to_json(genre) END,
        CASE WHEN crowded.number IS NOT NULL AND len(identifiers) > 0 THEN '"identifiers":' || to_json(identifiers) END,
        nullif(others, ''))) AS differs
FROM artist_rows JOIN new_artists USING (number)
LEFT JOIN (SELECT number FROM artist_rows GROUP BY number HAVING count(*) > 1) AS crowded USING (number);
