PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32768;

CREATE TABLE recordings (
    rank INTEGER PRIMARY KEY, id BLOB NOT NULL, title TEXT NOT NULL, artist TEXT NOT NULL,
    release TEXT NOT NULL, year INTEGER, duration_ms INTEGER, listens REAL NOT NULL, basis TEXT NOT NULL,
    popularity INTEGER NOT NULL, detail TEXT NOT NULL
);
CREATE VIRTUAL TABLE search USING fts5(
    text, content='', detail=none, prefix='2 3', tokenize='unicode61 remove_diacritics 2'
);
CREATE TABLE ids (id BLOB PRIMARY KEY, rank INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE redirects (id BLOB PRIMARY KEY, target BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE identifiers (
    value TEXT NOT NULL, scheme TEXT NOT NULL, rank INTEGER NOT NULL, PRIMARY KEY (value, scheme)
) WITHOUT ROWID;
CREATE TABLE papers (name TEXT PRIMARY KEY, json BLOB NOT NULL) WITHOUT ROWID;
