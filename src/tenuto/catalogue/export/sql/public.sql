-- What sources that may be republished say (docs/export.md, clauses 5 to 9). In: the live views, dated_listens,
-- allowed (source, place by priority). Out: out_<table>.
-- A fact leaves only if a row of an allowed source states it. Where all rows of a thing are allowed, that is
-- all of its facts. Where some aren't, the thing is `mixed`, and is told anew from its allowed rows: `differs`
-- is what a row says other than the merged facts (docs/formats/snapshot.md).
CREATE MACRO says(differs, path, fact) AS
    CASE WHEN json_type(differs, path) IS NULL THEN fact ELSE differs ->> path END;

CREATE VIEW told AS
SELECT entity, number, source, ordinal, key, listens, nullif(differs, '')::JSON AS differs,
    (place::BIGINT << 48) + (listens::BIGINT << 47) + ordinal AS turn
FROM live_source_rows JOIN allowed USING (source);

CREATE TABLE mixed AS SELECT DISTINCT entity, number FROM live_source_rows ANTI JOIN allowed USING (source);
CREATE VIEW mixed_recordings AS SELECT number, number AS recording FROM mixed WHERE entity = 'recording';
CREATE VIEW mixed_releases AS SELECT number FROM mixed WHERE entity = 'release';

-- Recordings. One that allowed sources only count, and don't describe, isn't told.
CREATE VIEW said_recordings AS
SELECT number, turn, told.source AS source, told.listens AS listens, differs, artist_number, says(differs, '$.title', title) AS title,
    says(differs, '$.artist', artist) AS artist, says(differs, '$.year', year::VARCHAR)::INTEGER AS year,
    says(differs, '$.duration_ms', duration_ms::VARCHAR)::BIGINT AS duration_ms,
    says(differs, '$.genre', genre) AS genre
FROM told SEMI JOIN mixed_recordings USING (number) JOIN live_recordings USING (number)
WHERE entity = 'recording';

-- A row with a credit and without `artist_key` is by the merged facts' artist; else by the artist whose id its
-- key or its credit makes, if that artist goes by it.
CREATE VIEW said_by AS
SELECT said.* EXCLUDE (artist_number), CASE
        WHEN json_type(differs, '$.artist_key') IS NOT NULL THEN named.number
        WHEN said.artist <> '' THEN said.artist_number
    END AS artist_number
FROM said_recordings AS said
LEFT JOIN (SELECT id, number FROM live_artists) AS named
    ON named.id = uuid5('artist', source, coalesce(differs ->> '$.artist_key', said.artist));

CREATE TABLE retold AS
SELECT number, coalesce(arg_min(title, turn) FILTER (title <> ''), '') AS title,
    coalesce(arg_min(artist, turn) FILTER (artist <> ''), '') AS artist,
    arg_min(artist_number, turn) FILTER (artist_number IS NOT NULL) AS artist_number,
    arg_min(year, turn) FILTER (year IS NOT NULL) AS year,
    arg_min(duration_ms, turn) FILTER (duration_ms IS NOT NULL) AS duration_ms,
    coalesce(arg_min(genre, turn) FILTER (genre <> ''), '') AS genre
FROM said_by GROUP BY number HAVING bool_or(NOT listens OR title <> '');

CREATE TABLE vanished AS SELECT number, number AS recording FROM mixed_recordings ANTI JOIN retold USING (number);

CREATE VIEW out_recordings AS
SELECT number, id, title, artist, artist_number, year, duration_ms, genre
FROM live_recordings ANTI JOIN mixed_recordings USING (number)
UNION ALL
SELECT number, id, retold.title, retold.artist, retold.artist_number, retold.year, retold.duration_ms, retold.genre
FROM retold JOIN live_recordings USING (number);

-- What the allowed rows of mixed recordings state, fact by fact.
CREATE VIEW statements AS
SELECT number AS recording, turn, differs FROM told SEMI JOIN retold USING (number) WHERE entity = 'recording';

CREATE VIEW claimed_identifiers AS
SELECT DISTINCT entity, number, name.scheme AS scheme, name.value AS value
FROM (SELECT entity, number, unnest(from_json(differs -> '$.identifiers',
        '[{"scheme": "VARCHAR", "value": "VARCHAR"}]')) AS name
    FROM told SEMI JOIN mixed USING (entity, number) WHERE json_type(differs, '$.identifiers') IS NOT NULL);

CREATE VIEW out_identifiers AS
SELECT entity, number, scheme, value FROM live_identifiers ANTI JOIN mixed USING (entity, number)
UNION ALL
SELECT entity, number, scheme, value
FROM live_identifiers SEMI JOIN claimed_identifiers USING (entity, number, scheme, value)
WHERE entity <> 'recording' OR number NOT IN (SELECT number FROM vanished);

CREATE VIEW out_names AS SELECT scheme || ':' || value AS name, entity, number FROM out_identifiers;

CREATE VIEW claimed_rights AS
SELECT DISTINCT recording, piece.kind AS kind, piece.statement AS statement, piece.origin AS origin,
    piece.holder AS holder
FROM (SELECT recording, unnest(from_json(differs -> '$.evidence',
        '[{"kind": "VARCHAR", "statement": "VARCHAR", "origin": "VARCHAR", "holder": "VARCHAR"}]')) AS piece
    FROM statements WHERE json_type(differs, '$.evidence') IS NOT NULL);

CREATE VIEW out_rights AS
SELECT recording, kind, statement, origin, holder FROM live_rights ANTI JOIN mixed_recordings USING (recording)
UNION ALL
SELECT recording, kind, statement, origin, holder
FROM live_rights SEMI JOIN claimed_rights USING (recording, kind, statement, origin, holder);

-- Places on the operator's own disks never leave.
CREATE VIEW remote AS
FROM live_locations WHERE access = 'remote' AND (starts_with(uri, 'https:') OR starts_with(uri, 'http:'));

CREATE VIEW claimed_locations AS
SELECT DISTINCT recording, (differs -> '$.location')::VARCHAR AS place
FROM statements WHERE json_type(differs, '$.location') IS NOT NULL;

CREATE VIEW out_locations AS
SELECT recording, uri, access, length, sha256, media_type, sha1, md5
FROM remote ANTI JOIN mixed_recordings USING (recording)
UNION ALL
SELECT remote.recording, uri, access, length, sha256, media_type, sha1, md5
FROM remote JOIN claimed_locations ON remote.recording = claimed_locations.recording
    AND place = json_array(uri, access, length, sha256, media_type, sha1, md5)::VARCHAR;

CREATE VIEW out_listens AS
SELECT recording, source, unit, period, count, listeners, squares
FROM dated_listens SEMI JOIN allowed USING (source) ANTI JOIN vanished USING (recording);

CREATE VIEW said_features AS
SELECT recording, turn, (differs ->> '$.features[0]')::BOOLEAN AS explicit,
    (differs ->> '$.features[1]')::TINYINT AS key, differs ->> '$.features[2]' AS mode,
    (differs ->> '$.features[3]')::FLOAT AS tempo
FROM statements WHERE json_type(differs, '$.features') IS NOT NULL;

CREATE VIEW out_features AS
SELECT recording, explicit, key, mode, tempo FROM live_features ANTI JOIN mixed_recordings USING (recording)
UNION ALL
SELECT recording, arg_min(explicit, turn) FILTER (explicit IS NOT NULL), arg_min(key, turn) FILTER (key IS NOT NULL),
    arg_min(mode, turn) FILTER (mode IS NOT NULL), arg_min(tempo, turn) FILTER (tempo IS NOT NULL)
FROM said_features GROUP BY recording;

-- A row that says nothing of its place is the first one's.
CREATE VIEW claimed_tracks AS
SELECT recording, place, release, disc_number, track_number
FROM live_tracks ANTI JOIN mixed_recordings USING (recording)
UNION ALL
SELECT recording, place, release, disc_number, track_number
FROM live_tracks SEMI JOIN (SELECT DISTINCT recording, says(differs, '$.place', '0')::UINTEGER AS place FROM statements)
    USING (recording, place);

-- Releases. Those that no row tells of were named by the tracks of one source alone. A row without a title
-- may name its release, and one without an artist its release's; rows of artists likewise.
CREATE TABLE told_releases AS SELECT DISTINCT number FROM told WHERE entity = 'release';

CREATE TABLE withheld_releases AS
SELECT number FROM mixed_releases ANTI JOIN told_releases USING (number)
UNION ALL
SELECT number FROM live_releases
ANTI JOIN (SELECT number FROM live_source_rows WHERE entity = 'release') USING (number)
ANTI JOIN (SELECT release AS number FROM claimed_tracks) USING (number);

CREATE VIEW said_releases AS
SELECT number, turn, coalesce(nullif(says(differs, '$.title', title), ''), differs ->> '$.release', '') AS title,
    coalesce(nullif(says(differs, '$.artist', artist), ''), differs ->> '$.release_artist', '') AS artist,
    says(differs, '$.label', label) AS label, says(differs, '$.year', year::VARCHAR)::INTEGER AS year,
    says(differs, '$.genre', genre) AS genre
FROM told SEMI JOIN mixed_releases USING (number) JOIN live_releases USING (number)
WHERE entity = 'release';

CREATE TABLE retold_releases AS
SELECT number, coalesce(arg_min(title, turn) FILTER (title <> ''), '') AS title,
    coalesce(arg_min(artist, turn) FILTER (artist <> ''), '') AS artist,
    coalesce(arg_min(label, turn) FILTER (label <> ''), '') AS label,
    arg_min(year, turn) FILTER (year IS NOT NULL) AS year,
    coalesce(arg_min(genre, turn) FILTER (genre <> ''), '') AS genre
FROM said_releases GROUP BY number;

CREATE VIEW out_releases AS
SELECT number, id, title, artist, label, year, genre
FROM live_releases ANTI JOIN mixed_releases USING (number) ANTI JOIN withheld_releases USING (number)
UNION ALL
SELECT number, id, retold.title, retold.artist, retold.label, retold.year, retold.genre
FROM retold_releases AS retold JOIN live_releases USING (number);

CREATE VIEW out_tracks AS
SELECT recording, place, release, disc_number, track_number
FROM claimed_tracks WHERE release NOT IN (SELECT number FROM withheld_releases);

-- Artists: a name that an allowed row gives, or that is printed as a credit on a recording that is told.
CREATE VIEW credits AS
SELECT artist_number AS number, arg_min(artist, out_recordings.number) FILTER (artist <> '') AS credit,
    bool_or(artist = name) AS printed
FROM out_recordings JOIN live_artists ON live_artists.number = artist_number GROUP BY artist_number;

CREATE VIEW artist_names AS
SELECT number, arg_min(said, turn) FILTER (said <> '') AS said
FROM (SELECT number, turn, coalesce(nullif(says(differs, '$.title', name), ''), differs ->> '$.artist') AS said
    FROM told JOIN live_artists USING (number) WHERE entity = 'artist')
GROUP BY number;

CREATE VIEW out_artists AS
SELECT number, id, coalesce(said, CASE WHEN printed THEN name ELSE credit END, '') AS name
FROM live_artists LEFT JOIN artist_names USING (number) LEFT JOIN credits USING (number)
WHERE number IN (SELECT number FROM artist_names) OR printed IS NOT NULL;

CREATE VIEW out_links AS
SELECT recording, source, key, other_source, other_key, method, confidence, evidence, merged
FROM live_links SEMI JOIN allowed USING (source) ANTI JOIN vanished USING (recording)
WHERE other_source IN (SELECT source FROM allowed);

-- An id that leads on says that a key exists: only those of allowed rows.
CREATE VIEW out_redirects AS
WITH steps AS (SELECT redirects.id AS id, target, number
    FROM live_redirects AS redirects JOIN live_recordings ON live_recordings.id = target)
SELECT DISTINCT id, target
FROM steps ANTI JOIN vanished USING (number)
SEMI JOIN (SELECT uuid5('recording', source, key) AS id
    FROM told SEMI JOIN steps USING (number) WHERE entity = 'recording') AS own USING (id);

-- `differs` may name listeners, and is relative to facts that aren't all told.
CREATE VIEW out_source_rows AS
SELECT entity, number, source, ordinal, key, listens, '' AS differs
FROM told WHERE entity <> 'recording' OR number NOT IN (SELECT number FROM vanished);

CREATE VIEW out_unplaced_rows AS
SELECT source, ordinal, entity, key, reason FROM live_unplaced_rows SEMI JOIN allowed USING (source);
