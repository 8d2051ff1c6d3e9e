-- One round of connected components. In: match_ties (one, two), match_components (vertex, label).
-- Every vertex takes the smallest label among its neighbours' and its own, then that label's label.
CREATE OR REPLACE TABLE match_spread AS
SELECT vertex, min(label) AS label
FROM (
    FROM match_components
    UNION ALL SELECT one, label FROM match_ties JOIN match_components ON vertex = two
    UNION ALL SELECT two, label FROM match_ties JOIN match_components ON vertex = one)
GROUP BY vertex;

CREATE OR REPLACE TABLE match_jumped AS
SELECT near.vertex AS vertex, least(near.label, far.label) AS label
FROM match_spread AS near JOIN match_spread AS far ON far.vertex = near.label;

CREATE OR REPLACE TABLE match_moved AS
SELECT count(*) AS vertices FROM match_components AS old JOIN match_jumped AS new USING (vertex)
WHERE old.label <> new.label;

CREATE OR REPLACE TABLE match_components AS FROM match_jumped;
