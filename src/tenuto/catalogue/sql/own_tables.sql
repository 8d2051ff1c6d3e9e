-- For rows of a group of recordings with their ranks, and of tracks with what is shown of their releases.
-- A list fills in what it shows.
CREATE OR REPLACE TABLE own_recordings (
    rank UINTEGER, number UINTEGER, id UUID, title VARCHAR, artist VARCHAR, year INTEGER, duration_ms BIGINT,
    genre VARCHAR, listens FLOAT, basis VARCHAR, popularity UTINYINT
);
CREATE OR REPLACE TABLE own_tracks (
    rank UINTEGER, place UINTEGER, disc_number INTEGER, track_number INTEGER, release_id UUID, title VARCHAR,
    artist VARCHAR, year INTEGER, genre VARCHAR
);
CREATE OR REPLACE TABLE own_rights (rank UINTEGER, kind VARCHAR, statement VARCHAR, origin VARCHAR, holder VARCHAR);
CREATE OR REPLACE TABLE own_source_rows (rank UINTEGER, source VARCHAR);
