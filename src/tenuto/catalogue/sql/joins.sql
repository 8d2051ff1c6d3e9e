-- Ties that no identifier makes: the operator's, and later the likely ones. Keys that no source has any more
-- are left out. In: wanted, candidates.
CREATE TABLE joins AS
SELECT DISTINCT 'recording' AS kind, source, source_place, distinct_keys, key, 'operator' AS scheme, value
FROM candidates JOIN wanted USING (source, key) WHERE entity IN ('recording', 'listens');
