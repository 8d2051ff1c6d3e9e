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

CREATE TABLE artist_keys AS
SELECT artist_tops.id AS id, number, keyed
FROM artist_tops JOIN new_artists ON new_artists.id = top;

CREATE VIEW artist_rows AS
SELECT number, source, ordinal, key, coalesce(nullif(title, ''), artist) AS name, identifiers
FROM candidates JOIN artist_keys ON artist_keys.id = uuid5('artist', source, key)
WHERE entity = 'artist';

CREATE TABLE new_identifiers AS
SELECT DISTINCT 'artist' AS entity, number, told.scheme AS scheme, told.value AS value
FROM named_artists AS told JOIN artist_keys ON artist_keys.id = uuid5('artist', source, key);

CREATE TABLE new_source_rows AS
SELECT 'artist' AS entity, number, source, ordinal, key, false AS listens,
    CASE WHEN new_artists.name = artist_rows.name THEN '' ELSE to_json({'title': artist_rows.name})::VARCHAR END AS differs
FROM artist_rows JOIN new_artists USING (number);
