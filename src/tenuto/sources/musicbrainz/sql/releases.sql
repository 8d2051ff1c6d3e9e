SELECT release.id, release.gid, release.name, issued.artist, issued.artist_key, issued.year, issued.label,
    release.barcode, release.raw
FROM release JOIN issued ON issued.id = release.id
ORDER BY release.id
