-- Recordings whose own columns differ. In: before_found, after_found, both_ids; before_ and after_artist_ids
-- (number, named), which say which artist a number stands for.
INSERT INTO differences
SELECT id, what
FROM (
    SELECT before.id AS id, unnest([
        CASE WHEN before.title <> after.title THEN 'title' END,
        CASE WHEN before.artist <> after.artist THEN 'artist' END,
        CASE WHEN before_artist_ids.named IS DISTINCT FROM after_artist_ids.named THEN 'artist_id' END,
        CASE WHEN before.year IS DISTINCT FROM after.year THEN 'year' END,
        CASE WHEN before.duration_ms IS DISTINCT FROM after.duration_ms THEN 'duration_ms' END,
        CASE WHEN before.genre <> after.genre THEN 'genre' END]) AS what
    FROM before_found AS before JOIN after_found AS after USING (id) SEMI JOIN both_ids USING (id)
    LEFT JOIN before_artist_ids ON before_artist_ids.number = before.artist_number
    LEFT JOIN after_artist_ids ON after_artist_ids.number = after.artist_number)
WHERE what IS NOT NULL;
