SELECT line, gid, name, artist, artist_key, coalesce(recording_length, length) AS length, disc, position,
    release_key, release_name, release_artist, year, label, raw
FROM placed
ORDER BY release, disc, position, id
