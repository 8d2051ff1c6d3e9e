-- docs/formats/ledger.md describes each table.
CREATE TABLE item (
    stage  TEXT NOT NULL,
    key    TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'skipped', 'failed')),
    bytes  INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (stage, key)
) WITHOUT ROWID;
CREATE INDEX item_failed ON item (stage, key) WHERE status = 'failed';

-- Running totals, so that `tenuto status` answers at once whatever the size.
CREATE TABLE tally (
    stage  TEXT NOT NULL,
    status TEXT NOT NULL,
    items  INTEGER NOT NULL,
    bytes  INTEGER NOT NULL,
    PRIMARY KEY (stage, status)
) WITHOUT ROWID;
CREATE TRIGGER item_added AFTER INSERT ON item BEGIN
    INSERT INTO tally VALUES (new.stage, new.status, 1, new.bytes)
        ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER item_changed AFTER UPDATE ON item BEGIN
    UPDATE tally SET items = items - 1, bytes = bytes - old.bytes WHERE stage = old.stage AND status = old.status;
    INSERT INTO tally VALUES (new.stage, new.status, 1, new.bytes)
        ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;

CREATE TABLE object (
    sha256      BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    length      INTEGER NOT NULL CHECK (length > 0),
    blake3      BLOB NOT NULL CHECK (length(blake3) = 32),
    pieces_root BLOB NOT NULL CHECK (length(pieces_root) = 32),
    piece_layer BLOB NOT NULL,
    v1_pieces   BLOB NOT NULL,
    v1_tail     BLOB NOT NULL CHECK (length(v1_tail) = 20)
) WITHOUT ROWID;

CREATE TABLE holding (
    recording        TEXT NOT NULL,
    tier             TEXT NOT NULL CHECK (tier IN ('original', 'access')),
    object           BLOB NOT NULL REFERENCES object (sha256),
    media_type       TEXT NOT NULL,
    extension        TEXT NOT NULL,
    source_uri       TEXT NOT NULL,
    characterisation BLOB NOT NULL,
    PRIMARY KEY (recording, tier)
) WITHOUT ROWID;
CREATE INDEX holding_object ON holding (object);

CREATE TABLE held_total (
    tier  TEXT PRIMARY KEY,
    items INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) WITHOUT ROWID;
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

-- Append-only: what a person decided, with the reason.
CREATE TABLE decision (
    number  INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason  TEXT NOT NULL
);
CREATE TRIGGER decision_is_final BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
CREATE TRIGGER decision_stays BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
