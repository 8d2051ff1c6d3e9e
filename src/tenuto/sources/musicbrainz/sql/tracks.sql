SELECT placed.line, placed.gid, placed.name, placed.artist, placed.artist_key,
    coalesce(placed.recording_length, placed.length) AS length, placed.disc, placed.position,
    issued.gid AS release_key, issued.name AS release, issued.artist AS release_artist, issued.year, issued.label,
    placed.raw
FROM placed LEFT JOIN issued ON issued.id = placed.release
ORDER BY placed.release, placed.disc, placed.position, placed.id
