-- One round: every node takes the smallest label among itself and its neighbours, then that label's label
-- (pointer jumping, Shiloach and Vishkin 1982), so that a chain of n nodes needs about log n rounds.
CREATE OR REPLACE TABLE spread AS
SELECT node, min(label) AS label
FROM (
    SELECT node, label FROM labels
    UNION ALL SELECT edges.node, labels.label FROM edges JOIN labels ON labels.node = edges.hub
    UNION ALL SELECT edges.hub, labels.label FROM edges JOIN labels ON labels.node = edges.node)
GROUP BY node;

CREATE OR REPLACE TABLE jumped AS
SELECT spread.node, least(spread.label, onward.label) AS label
FROM spread JOIN spread AS onward ON onward.node = spread.label;

CREATE OR REPLACE TABLE moved AS
SELECT count(*) AS nodes FROM labels JOIN jumped USING (node) WHERE labels.label <> jumped.label;

CREATE OR REPLACE TABLE labels AS FROM jumped;
