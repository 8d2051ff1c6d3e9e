-- Every node that is tied to another, labelled by itself. In: edges_@kind. Then `propagate` until nothing moves.
CREATE OR REPLACE TABLE edges AS SELECT node, hub FROM edges_@kind;
CREATE OR REPLACE TABLE labels AS
SELECT DISTINCT node, node AS label FROM (SELECT node FROM edges UNION ALL SELECT hub FROM edges);
