-- What the search index takes of a group. In: listed, own_rights, own_source_rows, sources.
WITH rights AS (
    SELECT rank, list_sort(list(DISTINCT statement)) AS licences FROM own_rights GROUP BY rank),
-- In the order of `sources`, without a sort a recording.
known AS (SELECT list(source ORDER BY priority, source) AS names FROM sources),
named AS (
    SELECT rank, list_filter(names, lambda name: list_contains(own, name)) AS sources
    FROM (SELECT rank, list(source) AS own FROM own_source_rows GROUP BY rank), known)
SELECT rank::BIGINT AS rank, unhex(replace(id::VARCHAR, '-', '')) AS id, number::BIGINT AS number, title, artist, release,
    year::INTEGER AS year, duration_ms::BIGINT AS duration_ms, genre, coalesce(licences, []) AS licences,
    coalesce(named.sources, []) AS sources, listens::DOUBLE AS listens, basis, popularity::INTEGER AS popularity
FROM listed LEFT JOIN rights USING (rank) LEFT JOIN named USING (rank)
ORDER BY rank
