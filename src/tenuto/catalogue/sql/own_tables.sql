-- For rows of a group of recordings with their ranks. A list fills in what it shows.
CREATE OR REPLACE TABLE own_recordings (
    rank UINTEGER, number UINTEGER, id UUID, title VARCHAR, artist VARCHAR, year INTEGER, duration_ms BIGINT,
    genre VARCHAR, listens FLOAT, basis VARCHAR, popularity UTINYINT
);
CREATE OR REPLACE TABLE own_artists (rank UINTEGER, artist_id UUID);
-- With what is shown of their releases.
CREATE OR REPLACE TABLE own_tracks (
    rank UINTEGER, place UINTEGER, disc_number INTEGER, track_number INTEGER, release_id UUID, title VARCHAR,
    artist VARCHAR, year INTEGER, genre VARCHAR
);
CREATE OR REPLACE TABLE own_identifiers (rank UINTEGER, scheme VARCHAR, value VARCHAR);
CREATE OR REPLACE TABLE own_listens (
    rank UINTEGER, source VARCHAR, unit VARCHAR, period VARCHAR, count DOUBLE, listeners BIGINT, squares DOUBLE
);
CREATE OR REPLACE TABLE own_rights (rank UINTEGER, kind VARCHAR, statement VARCHAR, origin VARCHAR, holder VARCHAR);
CREATE OR REPLACE TABLE own_locations (
    rank UINTEGER, uri VARCHAR, access VARCHAR, length BIGINT, sha256 VARCHAR, media_type VARCHAR, sha1 VARCHAR,
    md5 VARCHAR
);
CREATE OR REPLACE TABLE own_source_rows (
    rank UINTEGER, source VARCHAR, ordinal BIGINT, key VARCHAR, listens BOOLEAN
);
