-- Details of the ranks from $1 to $2, both included. Lists are JSON arrays in the order of the model's fields.
-- In: listed, own_<table>, sources, periods.
WITH page AS (FROM listed WHERE rank BETWEEN $1 AND $2),
artists AS (FROM own_artists WHERE rank BETWEEN $1 AND $2),
tracks AS (
    SELECT rank, to_json(list(json_array(release_id, title, artist, disc_number, track_number, year)
        ORDER BY place)) AS list
    FROM own_tracks WHERE rank BETWEEN $1 AND $2 GROUP BY rank),
identifiers AS (
    SELECT rank, to_json(list(json_array(scheme, value) ORDER BY scheme, value)) AS list
    FROM own_identifiers WHERE rank BETWEEN $1 AND $2 GROUP BY rank),
listens AS (
    SELECT rank, to_json(list(json_array(source, count, unit, coalesce(nullif(own_listens.period, ''), periods.period, ''),
        '', listeners, squares) ORDER BY priority, source, unit, own_listens.period)) AS list
    FROM own_listens JOIN sources USING (source) LEFT JOIN periods USING (source) WHERE rank BETWEEN $1 AND $2 GROUP BY rank),
rights AS (
    SELECT rank, to_json(list(json_array(kind, statement, origin, holder)
        ORDER BY kind, statement, origin, holder)) AS list
    FROM own_rights WHERE rank BETWEEN $1 AND $2 GROUP BY rank),
locations AS (
    SELECT rank, to_json(list(json_array(uri, access, length, sha256, media_type, sha1, md5)
        ORDER BY uri, access, length, sha256, media_type, sha1, md5)) AS list
    FROM own_locations WHERE rank BETWEEN $1 AND $2 GROUP BY rank),
-- At most $3 a recording, rows that describe first: a much-played one has a row a play.
shown_rows AS (
    FROM own_source_rows JOIN sources USING (source) WHERE rank BETWEEN $1 AND $2
    QUALIFY row_number() OVER (PARTITION BY rank ORDER BY listens, priority, source, ordinal) <= $3),
source_rows AS (
    SELECT rank, to_json(list(json_array(source, ordinal, key) ORDER BY priority, source, ordinal)) AS list
    FROM shown_rows GROUP BY rank)
SELECT rank, unhex(replace(id::VARCHAR, '-', '')), title, artist, release, year, duration_ms, listens, basis,
    popularity,
    '[' || coalesce(to_json(artist_id::VARCHAR), 'null') || ',' || to_json(genre)
    || ',' || coalesce(tracks.list, '[]') || ',' || coalesce(identifiers.list, '[]')
    || ',' || coalesce(listens.list, '[]') || ',' || coalesce(rights.list, '[]')
    || ',' || coalesce(locations.list, '[]') || ',' || coalesce(source_rows.list, '[]') || ']'
FROM page
LEFT JOIN artists USING (rank) LEFT JOIN tracks USING (rank) LEFT JOIN identifiers USING (rank) LEFT JOIN listens AS listens USING (rank)
LEFT JOIN rights USING (rank) LEFT JOIN locations USING (rank) LEFT JOIN source_rows USING (rank)
ORDER BY rank
