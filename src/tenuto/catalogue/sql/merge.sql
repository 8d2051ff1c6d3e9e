-- Which source keys name the same recording. In: harvested, sources. Out: rows, edges.
-- A node is one (source, key); nodes are numbered by priority, source, key, so that a cluster's smallest
-- node is the key that names it.
CREATE VIEW admitted AS
SELECT *, CASE
        WHEN key = '' THEN 'empty-key'
        WHEN entity = 'listens' AND (listens_count IS NULL OR NOT isfinite(listens_count)
            OR listens_count < 0 OR listens_count >= 1e15) THEN 'listens-not-a-count'
    END AS reason
FROM harvested;

CREATE VIEW candidates AS SELECT * EXCLUDE (reason) FROM admitted WHERE reason IS NULL;

CREATE TABLE nodes AS
SELECT row_number() OVER (ORDER BY priority, source, key) - 1 AS node, source, key
FROM (SELECT DISTINCT source, key FROM candidates WHERE entity <> 'release') JOIN sources USING (source);

CREATE TABLE names AS
SELECT DISTINCT node, name.scheme AS scheme, name.value AS value
FROM (SELECT source, key, unnest(identifiers) AS name FROM candidates
      WHERE entity <> 'release' AND len(identifiers) > 0) JOIN nodes USING (source, key)
WHERE (name.scheme = 'isrc' AND regexp_full_match(name.value, '[A-Z]{2}[A-Z0-9]{3}[0-9]{7}'))
   OR (name.scheme = 'mbid'
       AND regexp_full_match(name.value, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'));

-- An identifier ties each of its nodes to the smallest of them.
CREATE TABLE edges AS
SELECT DISTINCT node, hub
FROM (SELECT node, min(node) OVER (PARTITION BY scheme, value) AS hub FROM names) WHERE node <> hub;

CREATE TABLE labels AS
SELECT DISTINCT node, node AS label FROM (SELECT node FROM edges UNION ALL SELECT hub FROM edges);
