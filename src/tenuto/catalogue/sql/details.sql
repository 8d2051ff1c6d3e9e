-- The rest of a recording's detail, in rank order. In: the live views, places, sources.
CREATE TABLE ranked_artists AS
SELECT rank, live_artists.id AS artist_id
FROM places JOIN live_recordings ON live_recordings.number = recording JOIN live_artists ON live_artists.number = artist_number
ORDER BY rank;

CREATE TABLE ranked_identifiers AS
SELECT rank, scheme, value
FROM live_identifiers JOIN places ON recording = number WHERE entity = 'recording' ORDER BY ALL;

CREATE TABLE ranked_locations AS
SELECT rank, uri, access, length, sha256, media_type, sha1, md5 FROM live_locations JOIN places USING (recording)
ORDER BY ALL;

CREATE TABLE ranked_listens AS
SELECT rank, priority, source, count, unit, period, listeners, squares
FROM dated_listens JOIN places USING (recording) JOIN sources USING (source)
ORDER BY rank, priority, source, unit, period;

-- At most 100 a recording, rows that describe first: a much-played one has a row a play.
CREATE TABLE ranked_rows AS
SELECT rank, priority, source, ordinal, key
FROM live_source_rows JOIN places ON recording = number JOIN sources USING (source)
WHERE entity = 'recording'
QUALIFY row_number() OVER (PARTITION BY rank ORDER BY listens, priority, source, ordinal) <= 100
ORDER BY rank, priority, source, ordinal;
