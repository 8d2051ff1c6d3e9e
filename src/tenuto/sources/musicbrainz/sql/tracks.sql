SELECT track.line, recording.gid, recording.name, credit.name, credit.artist,
    coalesce(recording.length, track.length), medium.position, track.position,
    issued.gid, issued.name, issued.artist, issued.year, issued.label, track.raw
FROM track
LEFT JOIN recording ON recording.id = track.recording
LEFT JOIN credit ON credit.id = recording.artist_credit
LEFT JOIN medium ON medium.id = track.medium
LEFT JOIN issued ON issued.id = medium.release
ORDER BY issued.id, medium.position, track.position, track.id
