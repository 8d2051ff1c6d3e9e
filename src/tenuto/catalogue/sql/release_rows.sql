-- What is said of each release. Rows that tell of a release come before tracks that only name it; of those
-- only the ones of releases that no row tells of are looked at.
-- They are found by their ids alone: what waits on the disk for a join that memory doesn't hold is short then.
CREATE TABLE untold_releases AS
SELECT DISTINCT id
FROM (SELECT uuid5('release', source, release_ref) AS id FROM candidates
    WHERE entity IN ('recording', 'listens') AND described AND release_ref IS NOT NULL)
ANTI JOIN (SELECT uuid5('release', source, key) AS id FROM candidates WHERE entity = 'release') AS told USING (id);

CREATE VIEW release_rows AS
SELECT uuid5('release', source, key) AS own_id, slice_of(key) AS slice, true AS tells, turn, source, ordinal, key,
    coalesce(nullif(title, ''), release) AS title, coalesce(nullif(artist, ''), release_artist) AS artist,
    label, year, genre, identifiers, concat_ws(',',
        CASE WHEN title = '' AND release <> '' THEN '"title":""' END,
        CASE WHEN artist = '' AND release_artist <> '' THEN '"artist":""' END, nullif(others, '')) AS apart
FROM entity_rows WHERE entity = 'release'
UNION ALL
SELECT own_id, any_value(slice_of(release_ref)), false, min(turn) + (1::BIGINT << 62), any_value(source), 0, '',
    coalesce(arg_min(release, turn) FILTER (release <> ''), ''),
    coalesce(arg_min(release_artist, turn) FILTER (release_artist <> ''), ''),
    coalesce(arg_min(label, turn) FILTER (label <> ''), ''),
    arg_min(year, turn) FILTER (year IS NOT NULL),
    coalesce(arg_min(genre, turn) FILTER (genre <> ''), ''), [], ''
FROM (SELECT *, uuid5('release', source, release_ref) AS own_id FROM candidates
    WHERE entity IN ('recording', 'listens') AND described AND release_ref IS NOT NULL)
SEMI JOIN untold_releases ON untold_releases.id = own_id
GROUP BY own_id;

CREATE VIEW release_facts AS
SELECT coalesce(top, own_id) AS id, release_rows.*
FROM release_rows LEFT JOIN merged_release AS merged ON merged.id = own_id;

CREATE TABLE release_keys (id UUID, slice UTINYINT, number UINTEGER, keyed BOOLEAN, known BOOLEAN, words UBIGINT);
