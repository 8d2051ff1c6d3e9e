-- What the search index takes. In: listed, ranked_rights, ranked_sources.
SELECT rank::BIGINT AS rank, unhex(replace(id::VARCHAR, '-', '')) AS id, number::BIGINT AS number, title, artist, release,
    year::INTEGER AS year, duration_ms::BIGINT AS duration_ms, genre, coalesce(licences, []) AS licences,
    coalesce(named.sources, []) AS sources, listens::DOUBLE AS listens, basis, popularity::INTEGER AS popularity
FROM listed
LEFT JOIN (SELECT rank, list_sort(list(DISTINCT statement)) AS licences FROM ranked_rights GROUP BY rank) USING (rank)
LEFT JOIN (SELECT rank, list(source ORDER BY priority, source) AS sources FROM ranked_sources GROUP BY rank) AS named
    USING (rank)
ORDER BY rank
