-- What the search index takes of the ranks from $1 up to before $2. In: listed, ranked_rights, ranked_sources.
WITH page AS (FROM listed WHERE rank >= $1 AND rank < $2),
rights AS (
    SELECT rank, list_sort(list(DISTINCT statement)) AS licences
    FROM ranked_rights WHERE rank >= $1 AND rank < $2 GROUP BY rank),
named AS (
    SELECT rank, list(source ORDER BY priority, source) AS sources
    FROM ranked_sources WHERE rank >= $1 AND rank < $2 GROUP BY rank)
SELECT rank::BIGINT AS rank, unhex(replace(id::VARCHAR, '-', '')) AS id, number::BIGINT AS number, title, artist, release,
    year::INTEGER AS year, duration_ms::BIGINT AS duration_ms, genre, coalesce(licences, []) AS licences,
    coalesce(named.sources, []) AS sources, listens::DOUBLE AS listens, basis, popularity::INTEGER AS popularity
FROM page LEFT JOIN rights USING (rank) LEFT JOIN named USING (rank)
ORDER BY rank
