-- The rows of one source as the core tables have them. In: the live views, dated_listens, asked (source). Out: traced.
CREATE VIEW own_rows AS
SELECT *, CASE WHEN contains(differs, '"place":') THEN (differs ->> '$.place')::UINTEGER ELSE 0 END AS place
FROM live_source_rows SEMI JOIN asked USING (source);

-- What several rows tell of: there each row says for itself what a table has of all of them together.
CREATE TABLE crowded AS SELECT entity, number FROM live_source_rows GROUP BY ALL HAVING count(*) > 1;

CREATE VIEW alone AS SELECT entity, number FROM own_rows ANTI JOIN crowded USING (entity, number);

CREATE VIEW lone AS SELECT number AS recording FROM alone WHERE entity = 'recording';

-- The key by which the source knows a release or an artist, where one row of it tells of that.
CREATE VIEW own_keys AS
SELECT entity, number, min(key) AS key FROM own_rows WHERE entity IN ('artist', 'release')
GROUP BY entity, number HAVING count(*) = 1;

CREATE VIEW told_identifiers AS
SELECT entity, number, list({'scheme': scheme, 'value': value} ORDER BY scheme, value) AS identifiers
FROM live_identifiers SEMI JOIN alone USING (entity, number) GROUP BY entity, number;

CREATE VIEW told_evidence AS
SELECT recording AS number, list({'kind': kind, 'statement': statement, 'origin': origin, 'holder': holder}
    ORDER BY kind, statement, origin, holder) AS evidence
FROM live_rights SEMI JOIN lone USING (recording) GROUP BY recording;

CREATE VIEW lone_locations AS FROM live_locations SEMI JOIN lone USING (recording);
CREATE VIEW lone_features AS FROM live_features SEMI JOIN lone USING (recording);
CREATE VIEW lone_listens AS FROM dated_listens SEMI JOIN lone USING (recording);

CREATE VIEW traced AS
SELECT entity, ordinal, rows.key AS key, listens, differs, title, artist, label, year, NULL AS duration_ms, genre,
    NULL AS artist_key, NULL AS release_key, NULL AS release, NULL AS release_artist,
    NULL AS disc_number, NULL AS track_number, identifiers, NULL AS evidence, NULL AS location,
    NULL AS features, NULL AS counted
FROM own_rows AS rows JOIN live_releases USING (number) LEFT JOIN told_identifiers USING (entity, number)
WHERE entity = 'release'
UNION ALL
SELECT entity, ordinal, rows.key, listens, differs, name, '', '', NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL,
    identifiers, NULL, NULL, NULL, NULL
FROM own_rows AS rows JOIN live_artists USING (number) LEFT JOIN told_identifiers USING (entity, number)
WHERE entity = 'artist'
UNION ALL
SELECT rows.entity, ordinal, rows.key, rows.listens, differs, told.title, told.artist, releases.label, told.year,
    duration_ms, told.genre, artists.key, keys.key, releases.title, releases.artist, disc_number, track_number,
    identifiers, evidence,
    CASE WHEN uri IS NOT NULL THEN row(uri, access, length, sha256, media_type, sha1, md5) END,
    CASE WHEN features.recording IS NOT NULL THEN row(explicit, features.key, mode, tempo) END,
    CASE WHEN counts.recording IS NOT NULL THEN row(count, unit, period, '', listeners, squares) END
FROM own_rows AS rows JOIN live_recordings AS told USING (number)
LEFT JOIN live_tracks AS tracks ON tracks.recording = rows.number AND tracks.place = rows.place
LEFT JOIN live_releases AS releases ON releases.number = tracks.release
LEFT JOIN own_keys AS artists ON artists.entity = 'artist' AND artists.number = told.artist_number
LEFT JOIN own_keys AS keys ON keys.entity = 'release' AND keys.number = tracks.release
LEFT JOIN told_identifiers AS named ON named.entity = 'recording' AND named.number = rows.number
LEFT JOIN told_evidence AS stated ON stated.number = rows.number
LEFT JOIN lone_locations AS places ON places.recording = rows.number
LEFT JOIN lone_features AS features ON features.recording = rows.number
LEFT JOIN lone_listens AS counts ON counts.recording = rows.number
WHERE rows.entity = 'recording';
