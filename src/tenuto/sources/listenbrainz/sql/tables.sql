-- A name as a key: one line, lower case, NFC.
CREATE MACRO fold(name) AS nfc_normalize(lower(trim(regexp_replace(name, '[\s\pC]+', ' ', 'g'))));

CREATE MACRO says_nothing(name) AS name IS NULL OR NOT regexp_matches(name, '[^\s\pC]');

-- How often a listener heard a recording in a month.
CREATE TABLE plays (key UUID, listener BIGINT, month DATE, n BIGINT);

-- Under which names. `mbid` is null where the key was made from the names.
CREATE TABLE names (key UUID, mbid UUID, title VARCHAR, artist VARCHAR, release VARCHAR, n BIGINT);
