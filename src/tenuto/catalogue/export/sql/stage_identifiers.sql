SELECT number AS recording, scheme, value FROM out_identifiers WHERE entity = 'recording' ORDER BY ALL
