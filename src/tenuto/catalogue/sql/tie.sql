-- Which keys of a @kind are the same thing. In: told_@kind, joins and splits (what the operator decided).
-- Only the source with the most names can be large: of it those are kept that another source knows too.
-- Names are counted by their digests, which are short; two names of one digest only bring in a key too many.
-- Out: nodes_@kind, numbered by source and key, so that a cluster's smallest node is the key that names it;
-- edges_@kind: a node, the hub that it is tied to, and by what.
CREATE OR REPLACE TABLE few_@kind AS
SELECT DISTINCT hash(scheme, value) AS name FROM told_@kind WHERE source_place <> @large
UNION
SELECT hash(scheme, value) FROM joins WHERE kind = '@kind';

CREATE OR REPLACE TABLE repeated_@kind AS
SELECT name
FROM (
    SELECT hash(scheme, value) AS name FROM told_@kind WHERE source_place <> @large
    UNION ALL SELECT hash(scheme, value) FROM joins WHERE kind = '@kind'
    UNION ALL
    SELECT name FROM (SELECT hash(scheme, value) AS name FROM told_@kind WHERE source_place = @large)
    SEMI JOIN few_@kind USING (name))
GROUP BY name HAVING count(*) > 1;

DROP TABLE few_@kind;

CREATE OR REPLACE TABLE shared_@kind AS
SELECT uuid5('@kind', source, key) AS id, *
FROM (
    SELECT told.* FROM told_@kind AS told SEMI JOIN repeated_@kind ON name = hash(scheme, value)
    WHERE (source, key) NOT IN (SELECT (source, key) FROM splits)
    UNION ALL
    SELECT source, source_place, distinct_keys, key, scheme, value FROM joins WHERE kind = '@kind');

DROP TABLE repeated_@kind;

CREATE OR REPLACE TABLE nodes_@kind AS
SELECT row_number() OVER (ORDER BY source_place, key) - 1 AS node, *
FROM (
    SELECT id, any_value(source) AS source, any_value(source_place) AS source_place,
        any_value(distinct_keys) AS distinct_keys, any_value(key) AS key
    FROM shared_@kind GROUP BY id);

-- Keys that are recordings to their source aren't tied to one another by what they share: of a name's keys in
-- such a source the first stands for it.
CREATE OR REPLACE TABLE edges_@kind AS
WITH named AS (
        SELECT DISTINCT node, scheme, value, nodes.source_place AS source_place,
            nodes.distinct_keys AND scheme NOT IN ('operator', 'match') AS apart
        FROM shared_@kind JOIN nodes_@kind AS nodes USING (id)),
    chosen AS (
        SELECT scheme, value, node FROM named WHERE NOT apart
        UNION ALL SELECT scheme, value, min(node) FROM named WHERE apart GROUP BY scheme, value, source_place),
    hubs AS (SELECT scheme, value, node, min(node) OVER (PARTITION BY scheme, value) AS hub FROM chosen)
SELECT node, hub, min((scheme, value)) AS because FROM hubs WHERE node <> hub GROUP BY node, hub;

DROP TABLE shared_@kind;
