-- Where the keys of recordings went. In: before_keys, after_keys, links_by_id (told by id), after_redirects.
CREATE TABLE ways AS
SELECT DISTINCT before.id AS id, after.id AS target
FROM before_keys AS before JOIN after_keys AS after USING (source, key);

CREATE TABLE split AS
SELECT id, target FROM ways SEMI JOIN (SELECT id FROM ways GROUP BY id HAVING count(*) > 1) AS several USING (id);

CREATE TABLE split_off AS SELECT DISTINCT target AS id FROM split SEMI JOIN fresh_ids ON fresh_ids.id = target;

-- Why: the link that names one of the old recording's keys, the surest first.
CREATE TABLE merged AS
WITH led AS (SELECT gone_ids.id AS id, target FROM gone_ids JOIN after_redirects AS redirects ON redirects.id = gone_ids.id
        SEMI JOIN (SELECT id FROM after_found) AS living ON living.id = target),
    because AS (
        SELECT led.id AS id, min(row(-confidence, links.source, links.key, other_source, other_key, method, evidence)) AS link
        FROM led JOIN links_by_id AS links ON links.id = target
        JOIN before_keys AS keys ON keys.id = led.id
            AND ((keys.source = links.source AND keys.key = links.key)
                OR (keys.source = other_source AND keys.key = other_key))
        GROUP BY led.id)
SELECT id, target, link[2] AS source, link[3] AS key, link[4] AS other_source, link[5] AS other_key,
    link[6] AS method, -link[1] AS confidence, link[7] AS evidence
FROM led LEFT JOIN because USING (id);

CREATE VIEW removed AS
SELECT id, title, artist, year, duration_ms, genre
FROM before_found SEMI JOIN (FROM gone_ids ANTI JOIN merged USING (id)) AS lost USING (id);

CREATE VIEW added AS
SELECT id, title, artist, year, duration_ms, genre
FROM after_found SEMI JOIN (FROM fresh_ids ANTI JOIN split_off USING (id)) AS new USING (id);

CREATE VIEW changed AS
SELECT before.id AS id, list_sort(what) AS what, before.title AS old_title, after.title AS title,
    before.artist AS old_artist, after.artist AS artist, before.year AS old_year, after.year AS year,
    before.duration_ms AS old_duration_ms, after.duration_ms AS duration_ms,
    before.genre AS old_genre, after.genre AS genre
FROM (SELECT id, list(what) AS what FROM differences GROUP BY id)
JOIN before_found AS before USING (id) JOIN after_found AS after USING (id);
