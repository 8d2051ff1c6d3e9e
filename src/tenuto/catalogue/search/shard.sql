PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -65536;

CREATE TABLE recordings (
    rank INTEGER PRIMARY KEY, id BLOB NOT NULL, number INTEGER NOT NULL, title TEXT NOT NULL,
    artist TEXT NOT NULL, release TEXT NOT NULL, year INTEGER, duration_ms INTEGER, listens REAL NOT NULL,
    basis INTEGER NOT NULL, popularity INTEGER NOT NULL, signs TEXT NOT NULL
);
CREATE TABLE facets (
    kind TEXT NOT NULL, folded TEXT NOT NULL, value TEXT NOT NULL, sign TEXT NOT NULL, PRIMARY KEY (kind, folded)
) WITHOUT ROWID;
CREATE UNIQUE INDEX facet_by_sign ON facets (sign);
-- The words of the index that are longer than its prefix indexes.
CREATE TABLE long_words (word TEXT PRIMARY KEY) WITHOUT ROWID;
-- Words come folded and divided by spaces. Letters with a prefix index answer in rank order without a sort.
CREATE VIRTUAL TABLE search USING fts5(
    words, content='', detail=none, columnsize=0, prefix='1 2 3 4', tokenize='ascii'
);
-- One segment, written once: few and large flushes (bytes in memory), no merges before the last one.
INSERT INTO search (search, rank) VALUES ('hashsize', 67108864);
INSERT INTO search (search, rank) VALUES ('automerge', 0);
