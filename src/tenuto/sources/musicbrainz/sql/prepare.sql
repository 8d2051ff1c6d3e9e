-- What every row of a recording, track or release takes from other tables.

CREATE TABLE credit AS
SELECT artist_credit.id, artist_credit.name, artist.gid AS artist
FROM artist_credit
LEFT JOIN (
    SELECT artist_credit, arg_min(artist, position) AS artist FROM artist_credit_name GROUP BY ALL
) AS first ON first.artist_credit = artist_credit.id
LEFT JOIN artist ON artist.id = first.artist;

CREATE TABLE dates AS
SELECT release, min(date_year) AS year
FROM (SELECT release, date_year FROM release_country UNION ALL SELECT release, date_year FROM release_unknown_country)
GROUP BY ALL;

CREATE TABLE labels AS
SELECT release_label.release, arg_min(label.name, release_label.id) AS label
FROM release_label JOIN label ON label.id = release_label.label
GROUP BY ALL;

CREATE TABLE issued AS
SELECT release.id, release.gid, release.name, credit.name AS artist, credit.artist AS artist_key, year, label
FROM release
LEFT JOIN credit ON credit.id = release.artist_credit
LEFT JOIN dates ON dates.release = release.id
LEFT JOIN labels ON labels.release = release.id;

-- One large join at a time: each has the memory for itself.
CREATE TABLE on_medium AS
SELECT track.*, medium.release, medium.position AS disc
FROM track LEFT JOIN medium ON medium.id = track.medium;

CREATE TABLE of_recording AS
SELECT on_medium.*, recording.gid, recording.name, recording.length AS recording_length, recording.artist_credit
FROM on_medium LEFT JOIN recording ON recording.id = on_medium.recording;

DROP TABLE on_medium;

CREATE TABLE credited AS
SELECT of_recording.*, credit.name AS artist, credit.artist AS artist_key
FROM of_recording LEFT JOIN credit ON credit.id = of_recording.artist_credit;

DROP TABLE of_recording;

CREATE TABLE placed AS
SELECT credited.*, issued.gid AS release_key, issued.name AS release_name, issued.artist AS release_artist,
    issued.year, issued.label
FROM credited LEFT JOIN issued ON issued.id = credited.release;

DROP TABLE credited;
