SELECT recording.id, recording.gid, recording.name, credit.name AS artist, credit.artist AS artist_key,
    recording.length, recording.raw
FROM recording LEFT JOIN credit ON credit.id = recording.artist_credit
ORDER BY recording.id
