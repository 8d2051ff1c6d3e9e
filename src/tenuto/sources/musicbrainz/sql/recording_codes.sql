SELECT recording, isrc FROM isrc ORDER BY ALL
