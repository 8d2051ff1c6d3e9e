-- What goes with the recordings that are wanted and have numbers from @low to @high. In: the live views, placed (rank,
-- number, listens, basis, popularity), sources (source, priority). One small join at a time: memory holds a slice.
CREATE OR REPLACE TABLE slice AS
SELECT rank, number AS recording, listens, basis, popularity FROM placed WHERE number BETWEEN @low AND @high;

INSERT INTO own_recordings
SELECT rank, number, id, title, artist, artist_number, year, duration_ms, genre, listens, basis, popularity
FROM live_recordings JOIN slice ON recording = number WHERE number BETWEEN @low AND @high;

INSERT INTO own_tracks
SELECT rank, place, release, disc_number, track_number
FROM live_tracks JOIN slice USING (recording) WHERE recording BETWEEN @low AND @high;

INSERT INTO own_rights
SELECT rank, kind, statement, origin, holder
FROM live_rights JOIN slice USING (recording) WHERE recording BETWEEN @low AND @high;

INSERT INTO own_sources
SELECT DISTINCT rank, priority, source
FROM live_source_rows JOIN slice ON recording = number JOIN sources USING (source)
WHERE entity = 'recording' AND number BETWEEN @low AND @high;
