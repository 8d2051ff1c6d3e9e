-- Ids that belong to another. In: labels, nodes_@kind. Out: merged_@kind (id, top).
CREATE OR REPLACE TABLE merged_@kind AS
SELECT nodes.id AS id, tops.id AS top
FROM labels JOIN nodes_@kind AS nodes USING (node) JOIN nodes_@kind AS tops ON tops.node = label
WHERE label <> nodes.node;
