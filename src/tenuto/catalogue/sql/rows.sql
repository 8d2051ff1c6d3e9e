-- Every admitted row with the cluster that it belongs to. `place` orders a cluster's rows: by key, rows that
-- describe before rows that count, then the source's own order.
CREATE TABLE members AS
SELECT nodes.node, source, key, coalesce(label, nodes.node) AS top
FROM nodes LEFT JOIN labels ON labels.node = nodes.node;

CREATE TABLE rows AS
SELECT harvest.* EXCLUDE (raw, release_key), node, top,
    ((node::HUGEINT * 2 + (entity = 'listens')::INTEGER) << 40) + ordinal AS place,
    CASE
        WHEN release_key <> '' THEN release_key
        WHEN release <> '' THEN coalesce(nullif(release_artist, ''), artist) || chr(10) || release
    END AS release_key
FROM (SELECT * FROM candidates WHERE entity <> 'release') AS harvest JOIN members USING (source, key);

-- Counts that no row describes.
CREATE TABLE undescribed AS
SELECT DISTINCT top FROM rows WHERE entity = 'listens' AND title = ''
EXCEPT SELECT top FROM rows WHERE entity = 'recording' OR title <> '';

DELETE FROM rows WHERE top IN (FROM undescribed);

CREATE TABLE tops AS
SELECT node AS top, uuid5('recording', source, key) AS id
FROM members WHERE node = top AND top NOT IN (FROM undescribed);
