-- One bucket of releases, with ids from @low to @high. In: bucket_files (release_rows with the id of their release), old_releases, @next.
CREATE OR REPLACE TABLE everything AS FROM bucket_files;

CREATE OR REPLACE TABLE several AS SELECT id FROM everything GROUP BY id HAVING count(*) > 1;

CREATE OR REPLACE TABLE facts AS
SELECT id, title, artist, label, year, genre FROM everything ANTI JOIN several USING (id)
UNION ALL
SELECT id, coalesce(arg_min(title, turn) FILTER (title <> ''), ''),
    coalesce(arg_min(artist, turn) FILTER (artist <> ''), ''),
    coalesce(arg_min(label, turn) FILTER (label <> ''), ''),
    arg_min(year, turn) FILTER (year IS NOT NULL),
    coalesce(arg_min(genre, turn) FILTER (genre <> ''), '')
FROM everything SEMI JOIN several USING (id) GROUP BY id;

CREATE OR REPLACE TABLE numbered AS
SELECT id, coalesce(old.number, @next + row_number() OVER (PARTITION BY old.number IS NULL ORDER BY id) - 1)::UINTEGER
    AS number, old.number IS NULL AS is_new
FROM facts LEFT JOIN (SELECT id, number FROM old_releases WHERE id BETWEEN '@low' AND '@high') AS old USING (id);

CREATE OR REPLACE VIEW new_releases AS SELECT number, facts.* FROM facts JOIN numbered USING (id);

CREATE OR REPLACE VIEW new_identifiers AS
SELECT DISTINCT 'release' AS entity, number, name.scheme AS scheme, name.value AS value
FROM (SELECT id, unnest(identifiers) AS name FROM everything WHERE len(identifiers) > 0) JOIN numbered USING (id)
WHERE well_formed(name.scheme, name.value);

CREATE OR REPLACE VIEW new_source_rows AS
SELECT 'release' AS entity, number, source, ordinal, key, false AS listens,
    braced(concat_ws(',',
        CASE WHEN everything.title <> facts.title AND NOT contains(apart, '"title":')
            THEN '"title":' || to_json(everything.title) END,
        CASE WHEN everything.artist <> facts.artist AND NOT contains(apart, '"artist":')
            THEN '"artist":' || to_json(everything.artist) END,
        CASE WHEN everything.label <> facts.label THEN '"label":' || to_json(everything.label) END,
        CASE WHEN everything.year IS DISTINCT FROM facts.year
            THEN '"year":' || coalesce(everything.year::VARCHAR, 'null') END,
        CASE WHEN everything.genre <> facts.genre THEN '"genre":' || to_json(everything.genre) END,
        CASE WHEN several.id IS NOT NULL AND len(identifiers) > 0 THEN '"identifiers":' || to_json(identifiers) END,
        nullif(apart, ''))) AS differs
FROM everything JOIN numbered USING (id) JOIN facts USING (id) LEFT JOIN several USING (id)
WHERE tells;

-- `known`: the release has one row in this source, whose key stands for it; `keyed`: it is this key.
-- The digest of a release's words lasts as long as this session.
INSERT INTO release_keys
SELECT own_id, any_value(slice), number, count(*) FILTER (tells) = 1 AND any_value(told) = 1, any_value(told) = 1,
    hash(CASE WHEN repeated.release THEN facts.title ELSE '' END,
        CASE WHEN repeated.artist THEN facts.artist ELSE '' END, CASE WHEN repeated.label THEN facts.label ELSE '' END)
FROM everything JOIN numbered USING (id) JOIN facts USING (id) LEFT JOIN repeated USING (source)
JOIN (SELECT id, source, count(*) FILTER (tells) AS told FROM everything GROUP BY ALL) AS of_source USING (id, source)
GROUP BY ALL;
