SELECT recording, place, id, title, artist, label, year, disc_number, track_number
FROM out_tracks JOIN out_releases ON out_releases.number = release ORDER BY recording, place
