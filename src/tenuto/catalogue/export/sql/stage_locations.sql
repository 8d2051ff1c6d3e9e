SELECT recording, uri, access, length, sha256, media_type, sha1, md5 FROM out_locations ORDER BY ALL
