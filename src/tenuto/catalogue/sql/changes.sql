-- Keys whose rows differ between old_@table and new_@table.
CREATE OR REPLACE TABLE changed AS
WITH new_digests AS (SELECT @key, md5_number(to_json(row(@columns))) AS digest FROM new_@table),
     old_digests AS (SELECT @key, md5_number(to_json(row(@columns))) AS digest FROM old_@table)
SELECT DISTINCT @key
FROM ((FROM new_digests EXCEPT FROM old_digests) UNION ALL (FROM old_digests EXCEPT FROM new_digests));
