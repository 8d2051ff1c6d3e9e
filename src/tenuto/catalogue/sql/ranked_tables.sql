-- Rows of the wanted recordings with their ranks.
CREATE TABLE own_recordings (
    rank UINTEGER, number UINTEGER, id UUID, title VARCHAR, artist VARCHAR, artist_number UINTEGER, year INTEGER,
    duration_ms BIGINT, genre VARCHAR, listens FLOAT, basis VARCHAR, popularity UTINYINT
);
CREATE TABLE own_tracks (
    rank UINTEGER, place UINTEGER, release UINTEGER, disc_number INTEGER, track_number INTEGER
);
CREATE TABLE own_rights (rank UINTEGER, kind VARCHAR, statement VARCHAR, origin VARCHAR, holder VARCHAR);
CREATE TABLE own_source_rows (rank UINTEGER, source VARCHAR);
