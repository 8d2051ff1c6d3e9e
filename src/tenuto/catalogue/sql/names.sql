-- The identifiers by name, as many as fit in a bucket together. Buckets are ranges of names: a stem's names stay
-- together. In: live_identifiers. Out: stems (stem, bucket).
CREATE OR REPLACE VIEW named AS SELECT scheme || ':' || value AS name, entity, number FROM live_identifiers;

CREATE OR REPLACE TABLE stems AS
SELECT stem, (sum(rows) OVER (ORDER BY stem) - rows) // @rows AS bucket
FROM (SELECT substr(name, 1, 10) AS stem, count(*) AS rows FROM named GROUP BY stem);
