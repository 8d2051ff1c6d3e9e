-- Every row of a recording with the ids and numbers that it leads to. `apart` is what
-- the core tables can't give back of it, as members of a JSON object.
-- Of the rows that name a release, those of a range of slices (@low to @high).
CREATE OR REPLACE VIEW recording_facts AS
SELECT coalesce(merged.top, own_id) AS id, turn, source, ordinal, entity = 'listens' AS listens, described, key,
    title, artist, artist_key, artist_keys.number AS artist_number, release_keys.number AS release,
    disc_number, track_number, year, duration_ms, genre, identifiers,
    listens_count, listens_unit, listens_window, listens_listener, listens_listeners, listens_squares, evidence,
    location_uri, location_access, location_length, location_sha256, location_media_type, location_sha1,
    location_md5, features_explicit, features_key, features_mode, features_tempo,
    concat_ws(',',
        CASE WHEN artist_key IS NOT NULL AND (artist = '' OR NOT coalesce(artist_keys.keyed, false))
            THEN '"artist_key":' || to_json(artist_key)
            WHEN artist_key IS NULL AND artist <> '' AND artist_keys.known THEN '"artist_key":null' END,
        CASE WHEN release_key IS NOT NULL AND NOT coalesce(release_keys.keyed, false)
            THEN '"release_key":' || to_json(release_key)
            WHEN release_key IS NULL AND release_keys.known THEN '"release_key":null' END,
        CASE WHEN release_keys.number IS NULL AND disc_number IS NOT NULL THEN '"disc_number":' || disc_number END,
        CASE WHEN release_keys.number IS NULL AND track_number IS NOT NULL THEN '"track_number":' || track_number END,
        CASE WHEN words IS DISTINCT FROM hash(release, release_artist, label)
            AND (words IS NOT NULL OR release || release_artist || label <> '')
            THEN '"release":' || to_json(release) || ',"release_artist":' || to_json(release_artist)
                || ',"label":' || to_json(label) END,
        CASE WHEN listens_listener <> '' OR listens_squares = listens_count OR listens_count NOT BETWEEN 0 AND 1e14
                OR listens_count IS DISTINCT FROM try_cast(listens_count AS DECIMAL(28, 6))::DOUBLE
                OR listens_squares IS DISTINCT FROM try_cast(listens_squares AS DECIMAL(28, 6))::DOUBLE
            THEN '"listens":' || json_array(listens_count, listens_unit,
            listens_window, listens_listener, listens_listeners, listens_squares) END) AS apart
FROM recording_rows
LEFT JOIN merged_recording AS merged ON merged.id = own_id
LEFT JOIN artist_keys ON artist_keys.id = uuid5('artist', source, artist_ref)
LEFT JOIN (FROM release_keys WHERE slice BETWEEN @low AND @high) AS release_keys
    ON release_keys.id = uuid5('release', source, release_ref)
WHERE slice_of(release_ref) BETWEEN @low AND @high;
