-- A name as a key: one line, lower case, NFC.
CREATE OR REPLACE TEMP MACRO fold(name) AS
    nfc_normalize(lower(trim(regexp_replace(name, '[\s\pC]+', ' ', 'g'))));

CREATE OR REPLACE TEMP MACRO says_nothing(name) AS name IS NULL OR NOT regexp_matches(name, '[^\s\pC]');

-- How often a listener heard a recording in a month.
CREATE TABLE IF NOT EXISTS plays (key UUID, listener BIGINT, month DATE, n BIGINT);

-- Under which names. `mbid` is null where the key was made from the names.
CREATE TABLE IF NOT EXISTS names (key UUID, mbid UUID, title VARCHAR, artist VARCHAR, release VARCHAR, n BIGINT);

-- From when to when.
CREATE TABLE IF NOT EXISTS times (first TIMESTAMP, last TIMESTAMP);

-- What couldn't be counted, in the order in which it was met.
CREATE TABLE IF NOT EXISTS rejects (place BIGINT, origin VARCHAR, what VARCHAR);

-- The parts that are in all of these.
CREATE TABLE IF NOT EXISTS parts (name VARCHAR);
