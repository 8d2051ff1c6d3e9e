-- Access copies have three qualities, and what is damaged is found at once. SQLite changes a CHECK only by
-- a new table.
CREATE TABLE holding_of_four_tiers (
    recording        TEXT NOT NULL,
    tier             TEXT NOT NULL CHECK (tier IN ('original', 'access-high', 'access', 'access-low')),
    object           BLOB NOT NULL REFERENCES object (sha256),
    media_type       TEXT NOT NULL,
    extension        TEXT NOT NULL,
    source_uri       TEXT NOT NULL,
    integrity        TEXT NOT NULL CHECK (integrity IN ('sound', 'damaged')),
    characterisation BLOB NOT NULL,
    PRIMARY KEY (recording, tier)
) WITHOUT ROWID;
INSERT INTO holding_of_four_tiers
    SELECT recording, tier, object, media_type, extension, source_uri,
           json_extract(CAST(characterisation AS TEXT), '$.integrity'), characterisation FROM holding;
DROP TABLE holding;
ALTER TABLE holding_of_four_tiers RENAME TO holding;
CREATE INDEX holding_object ON holding (object);
CREATE INDEX holding_briefly ON holding (recording, tier, object, integrity);
CREATE INDEX holding_unsound ON holding (recording, tier) WHERE integrity <> 'sound';

CREATE TRIGGER holding_added AFTER INSERT ON holding BEGIN
    INSERT INTO held_total SELECT new.tier, 1, length FROM object WHERE sha256 = new.object
        ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER holding_changed AFTER UPDATE ON holding BEGIN
    UPDATE held_total SET items = items - 1, bytes = bytes - (SELECT length FROM object WHERE sha256 = old.object)
        WHERE tier = old.tier;
    INSERT INTO held_total SELECT new.tier, 1, length FROM object WHERE sha256 = new.object
        ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;
