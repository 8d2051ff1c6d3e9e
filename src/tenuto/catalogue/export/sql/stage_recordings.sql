SELECT out_recordings.number AS number, out_recordings.id AS id, title, artist, out_artists.id AS artist_id, year,
    duration_ms, genre, popularity, basis
FROM out_recordings LEFT JOIN out_artists ON out_artists.number = artist_number
LEFT JOIN out_popularity ON out_popularity.number = out_recordings.number
ORDER BY out_recordings.number
