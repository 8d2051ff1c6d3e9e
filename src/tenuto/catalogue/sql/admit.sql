-- Rows as they come in. In: harvested, sources (source, place by priority, distinct_keys).
-- `turn` orders the rows of one recording, release or artist: by source, rows that describe before rows that
-- count, then the source's own order. A release or artist without a key is named by its words.
-- A period that all counts of a source have is told once (snapshot.md, clause 9): it grows with every day's listens.
CREATE TABLE periods AS
SELECT source, any_value(listens_window) AS period FROM harvested WHERE listens_count IS NOT NULL GROUP BY source
HAVING count(DISTINCT coalesce(listens_window, '')) = 1 AND any_value(coalesce(listens_window, '')) <> '';

CREATE VIEW admitted AS
SELECT harvested.* EXCLUDE (raw) REPLACE (
        CASE WHEN period IS NULL OR listens_window IS NULL THEN listens_window ELSE '' END AS listens_window),
    place AS source_place, distinct_keys,
    (place::BIGINT << 48) + ((entity = 'listens')::BIGINT << 47) + ordinal AS turn,
    CASE
        WHEN key = '' THEN 'empty-key'
        WHEN entity = 'listens' AND (listens_count IS NULL OR NOT isfinite(listens_count)
            OR listens_count < 0 OR listens_count >= 1e15) THEN 'listens-not-a-count'
    END AS reason
FROM harvested JOIN sources USING (source) LEFT JOIN periods USING (source);

CREATE VIEW refused AS SELECT source, ordinal, entity, key, reason FROM admitted WHERE reason IS NOT NULL;

CREATE VIEW candidates AS
SELECT * EXCLUDE (reason), entity = 'recording' OR title <> '' AS described,
    CASE WHEN release_key <> '' THEN release_key
        WHEN release <> '' THEN coalesce(nullif(release_artist, ''), artist) || chr(10) || release
    END AS release_ref,
    CASE WHEN artist_key <> '' THEN artist_key WHEN artist <> '' THEN artist END AS artist_ref
FROM admitted WHERE reason IS NULL;

-- What the core tables don't keep of rows that tell of a release or an artist, as members of a JSON object.
CREATE VIEW entity_rows AS
SELECT *, concat_ws(',',
    CASE WHEN artist_key IS NOT NULL THEN '"artist_key":' || to_json(artist_key) END,
    CASE WHEN release_key IS NOT NULL THEN '"release_key":' || to_json(release_key) END,
    CASE WHEN release <> '' THEN '"release":' || to_json(release) END,
    CASE WHEN release_artist <> '' THEN '"release_artist":' || to_json(release_artist) END,
    CASE WHEN disc_number IS NOT NULL THEN '"disc_number":' || disc_number END,
    CASE WHEN track_number IS NOT NULL THEN '"track_number":' || track_number END,
    CASE WHEN duration_ms IS NOT NULL THEN '"duration_ms":' || duration_ms END,
    CASE WHEN len(evidence) > 0 THEN '"evidence":' || to_json(evidence) END,
    CASE WHEN location_uri IS NOT NULL THEN '"location":' || json_array(location_uri, location_access,
        location_length, location_sha256, location_media_type, location_sha1, location_md5) END,
    CASE WHEN coalesce(features_explicit::INTEGER, features_key, features_tempo) IS NOT NULL
            OR features_mode IS NOT NULL
        THEN '"features":' || json_array(features_explicit, features_key, features_mode, features_tempo) END,
    CASE WHEN listens_count IS NOT NULL THEN '"listens":' || json_array(
        listens_count, listens_unit, listens_window, listens_listener, listens_listeners, listens_squares) END) AS others
FROM candidates WHERE entity IN ('artist', 'release');

CREATE VIEW recording_rows AS
SELECT *, uuid5('recording', source, key) AS own_id
FROM candidates WHERE entity IN ('recording', 'listens');

-- What names each entity: equal names tie keys together. A barcode is used again for other music, so the title
-- goes with it.
CREATE VIEW told_recording AS
SELECT source, source_place, distinct_keys, key, name.scheme AS scheme, name.value AS value
FROM (SELECT source, source_place, distinct_keys, key, unnest(identifiers) AS name
    FROM candidates WHERE entity IN ('recording', 'listens') AND len(identifiers) > 0)
WHERE well_formed(name.scheme, name.value)
UNION ALL
SELECT source, source_place, distinct_keys, key, 'url', location_uri
FROM candidates WHERE entity = 'recording' AND location_access = 'remote';

CREATE VIEW told_release AS
SELECT source, source_place, true AS distinct_keys, key, name.scheme AS scheme,
    name.value || CASE WHEN name.scheme = 'barcode' THEN chr(10) || fold(title) ELSE '' END AS value
FROM (SELECT source, source_place, key, title, unnest(identifiers) AS name
    FROM candidates WHERE entity = 'release' AND len(identifiers) > 0)
WHERE well_formed(name.scheme, name.value);

CREATE VIEW named_artists AS
SELECT source, source_place, true AS distinct_keys, key, name.scheme AS scheme, name.value AS value
FROM (SELECT source, source_place, key, unnest(identifiers) AS name
    FROM candidates WHERE entity = 'artist' AND len(identifiers) > 0)
WHERE well_formed(name.scheme, name.value);

-- Which words of its release a source's tracks repeat; the others are blank in all of them.
CREATE TABLE repeated AS
SELECT source, bool_or(release <> '') AS release, bool_or(release_artist <> '') AS artist, bool_or(label <> '') AS label
FROM candidates WHERE entity IN ('recording', 'listens') AND release_ref IS NOT NULL GROUP BY source;
