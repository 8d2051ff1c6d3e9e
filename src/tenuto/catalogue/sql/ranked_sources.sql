-- The sources of each recording. In: sources (source, priority), own_source_rows.
CREATE TABLE ranked_sources AS
SELECT rank, priority, source FROM own_source_rows JOIN sources USING (source) ORDER BY ALL;
DROP TABLE own_source_rows;
