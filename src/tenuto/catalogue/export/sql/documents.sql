-- Documents of the recordings numbered from $1 up to before $2. In: the staged views.
WITH releases AS (
    SELECT recording, list({'id': id, 'title': title, 'artist': artist, 'label': label, 'year': year,
        'disc_number': disc_number, 'track_number': track_number} ORDER BY place) AS list
    FROM staged_releases WHERE recording >= $1 AND recording < $2 GROUP BY recording),
identifiers AS (
    SELECT recording, list({'scheme': scheme, 'value': value} ORDER BY scheme, value) AS list
    FROM staged_identifiers WHERE recording >= $1 AND recording < $2 GROUP BY recording),
listens AS (
    SELECT recording, list({'source': source, 'unit': unit, 'period': period, 'count': count,
        'listeners': listeners} ORDER BY source, unit, period) AS list
    FROM staged_listens WHERE recording >= $1 AND recording < $2 GROUP BY recording),
rights AS (
    SELECT recording, list({'kind': kind, 'statement': statement, 'origin': origin, 'holder': holder}
        ORDER BY kind, statement, origin, holder) AS list
    FROM staged_rights WHERE recording >= $1 AND recording < $2 GROUP BY recording),
locations AS (
    SELECT recording, list({'uri': uri, 'access': access, 'length': length, 'sha256': sha256,
        'media_type': media_type, 'sha1': sha1, 'md5': md5}
        ORDER BY uri, access, length, sha256, media_type, sha1, md5) AS list
    FROM staged_locations WHERE recording >= $1 AND recording < $2 GROUP BY recording),
features AS (
    SELECT recording, {'explicit': explicit, 'key': key, 'mode': mode, 'tempo': tempo} AS said
    FROM staged_features WHERE recording >= $1 AND recording < $2)
SELECT to_json({'id': id, 'title': title, 'artist': artist, 'artist_id': artist_id, 'year': year,
    'duration_ms': duration_ms, 'genre': genre, 'popularity': popularity, 'basis': basis,
    'releases': coalesce(releases.list, []), 'identifiers': coalesce(identifiers.list, []),
    'listens': coalesce(listens.list, []), 'rights': coalesce(rights.list, []),
    'locations': coalesce(locations.list, []), 'features': said})::VARCHAR
FROM staged_recordings
LEFT JOIN releases ON releases.recording = number
LEFT JOIN identifiers ON identifiers.recording = number
LEFT JOIN listens ON listens.recording = number
LEFT JOIN rights ON rights.recording = number
LEFT JOIN locations ON locations.recording = number
LEFT JOIN features ON features.recording = number
WHERE number >= $1 AND number < $2
ORDER BY number
