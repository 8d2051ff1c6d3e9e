-- Titles, artists and releases as they are compared. In: match_keys (see propose), match_components.
-- Out: match_folded. Pure text rules; docs/matching.md tells them in words.

-- Small letters without diacritics; full-width forms, ligatures and letters that Unicode doesn't take apart
-- are spelled out. Marks that carry meaning (kana, Indic scripts, Thai) stay.
CREATE OR REPLACE TEMP MACRO match_narrow(t) AS
    CASE WHEN regexp_matches(t, '[！-～øØłŁđĐðıħŧ–—−‐‑]') THEN translate(t,
    '@{wide}øØłŁđĐðıħŧ–—−‐‑', '@{narrow}oOlLdDdiht-----') ELSE t END;

CREATE OR REPLACE TEMP MACRO match_plain(t) AS
    CASE WHEN strlen(t) = length(t) THEN lower(t)
    WHEN regexp_matches(t, '[\p{Hiragana}\p{Katakana}\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Thai}]')
        THEN nfc_normalize(lower(match_narrow(t)))
    ELSE replace(replace(replace(replace(replace(replace(replace(replace(strip_accents(lower(match_narrow(t))),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ĳ', 'ij'), 'ﬁ', 'fi'), 'ﬂ', 'fl'), '…', '...') END;

-- Letters and digits in words, one space between.
CREATE OR REPLACE TEMP MACRO match_words(t) AS
    trim(regexp_replace(regexp_replace(replace(t, '&', ' and '), '[''’‘`´ʼ]', '', 'g'),
        '[^\p{L}\p{N}\p{M}]+', ' ', 'g'));

-- An artist's words, without those that credits leave out or put in.
CREATE OR REPLACE TEMP MACRO match_name(t) AS coalesce(
    nullif(regexp_replace(trim(regexp_replace(match_words(t), '\b(?:and|und|et|the|with)\b ?', '', 'g')),
        '^the(.{3})', '\1'), ''),
    match_words(t));

-- Without spaces: spellings differ in where words end.
CREATE OR REPLACE TEMP MACRO match_closed(t) AS replace(t, ' ', '');

-- Roman numbers after such words as part, in figures.
CREATE OR REPLACE TEMP MACRO match_figure(t, roman, figure) AS
    regexp_replace(t, '\b(part|pt|vol|volume|no|book|act) ' || roman || '\b', '\1 ' || figure);
CREATE OR REPLACE TEMP MACRO match_figures(t) AS
    CASE WHEN regexp_matches(t, '\b(?:part|pt|vol|volume|no|book|act) [ivx]+\b') THEN
        match_figure(match_figure(match_figure(match_figure(match_figure(match_figure(match_figure(match_figure(t,
            'i', '1'), 'ii', '2'), 'iii', '3'), 'iv', '4'), 'v', '5'), 'vi', '6'), 'vii', '7'), 'viii', '8')
    ELSE t END;

-- Numbers of parts, movements and volumes: roman ones in figures, no leading zeros, in order of size.
CREATE OR REPLACE TEMP MACRO match_numbers(t) AS
    array_to_string(list_sort(list_transform(
        regexp_extract_all(' ' || t || ' ', '(\d+| (?:ii|iii|iv|vi|vii|viii|ix|xi|xii)\b| [ivx] $)'),
        lambda w: CASE regexp_extract(trim(w), '\w+$')
            WHEN 'i' THEN '1' WHEN 'ii' THEN '2' WHEN 'iii' THEN '3' WHEN 'iv' THEN '4' WHEN 'v' THEN '5'
            WHEN 'vi' THEN '6' WHEN 'vii' THEN '7' WHEN 'viii' THEN '8' WHEN 'ix' THEN '9' WHEN 'x' THEN '10'
            WHEN 'xi' THEN '11' WHEN 'xii' THEN '12' ELSE ltrim(w, '0') END)), ' ');

CREATE OR REPLACE TEMP MACRO match_bracketed(t) AS regexp_matches(t, '[(\[{]');

-- Words of one kind of version, by one name.
CREATE OR REPLACE TEMP MACRO match_version(w) AS
    CASE
        WHEN w IN ('remix', 'rmx', 'mix', 'rework', 'reworked', 'remixed', 'bootleg', 'mashup', 'vip', 'refix',
            'flip') THEN 'remix'
        WHEN w IN ('live', 'session', 'sessions', 'concert') THEN 'live'
        WHEN w IN ('acoustic', 'unplugged', 'akustik', 'acustico') THEN 'acoustic'
        WHEN w IN ('edit', 'radio', 'single', 'short', 'edited') THEN 'edit'
        WHEN w IN ('extended', 'maxi', 'long') THEN 'extended'
        WHEN w IN ('alternate', 'alternative', 'alt', 'take', 'outtake', 'rehearsal', 'early') THEN 'alternate'
        WHEN w IN ('cappella', 'acapella', 'acappella') THEN 'a cappella'
        WHEN w IN ('cover', 'tribute') THEN 'cover'
        WHEN w IN ('orchestral', 'symphonic', 'orchestra') THEN 'orchestral'
        WHEN w IN ('instrumental', 'instr') THEN 'instrumental'
        ELSE w END;

-- Most titles have no brackets, guests or dashes: patterns run only where there is something for them.
CREATE OR REPLACE TABLE match_folded AS
WITH plain AS (
    SELECT node, source, distinct_keys, year, duration_ms, track_number,
        replace(match_plain(title), '_', ' ') AS title, replace(match_plain(artist), '_', ' ') AS artist,
        replace(match_plain(release), '_', ' ') AS release
    FROM match_keys),
dashed AS (
    SELECT * EXCLUDE (title, artist, release),
        -- A version after a dash stands in brackets from here on.
        CASE WHEN regexp_matches(title, '\s[-:/|~]\s') THEN regexp_replace(title,
            '^(.*\S)\s+[-:/|~]\s+([^()\[\]]*\b(?:@versions|@same)\b[^()\[\]]*)$', '\1 (\2)')
            ELSE title END AS title,
        CASE WHEN regexp_matches(artist, 'feat|ft')
            THEN regexp_replace(artist, '(.)\s*[(\[]?\b(?:feat|ft|featuring)\b.*$', '\1')
            ELSE artist END AS artist,
        CASE WHEN match_bracketed(release) THEN regexp_replace(release, '(.)[(\[{][^()\[\]{}]*[)\]}]?', '\1', 'g')
            ELSE release END AS release
    FROM plain),
alone AS (
    SELECT * EXCLUDE (title),
        CASE WHEN regexp_matches(title, 'feat|ft') THEN regexp_replace(regexp_replace(title,
            '[(\[{]\s*(?:feat|ft|featuring)\b[^()\[\]{}]*[)\]}]?', ' ', 'g'),
            '\s(?:feat|ft|featuring)(?:\.|\s)[^()\[\]{}]*', ' ', 'g') ELSE title END AS title
    FROM dashed),
cleaned AS (
    SELECT * EXCLUDE (title),
        CASE WHEN match_bracketed(title) THEN regexp_replace(title, '[(\[{]\s*@same\s*[)\]}]', ' ', 'g')
            ELSE title END AS title
    FROM alone),
parted AS (
    SELECT * EXCLUDE (artist, release), match_figures(match_words(title)) AS whole,
        CASE WHEN match_bracketed(title) THEN match_figures(match_words(
            regexp_replace(title, '[(\[{][^()\[\]{}]*[)\]}]?', ' ', 'g'))) END AS base,
        CASE WHEN match_bracketed(title) THEN match_figures(match_words(array_to_string(
            regexp_extract_all(title, '[(\[{]([^()\[\]{}]*)[)\]}]?', 1), ' '))) ELSE '' END AS rest,
        match_name(artist) AS artist,
        CASE WHEN regexp_matches(artist, '[,;/&+ ]') THEN match_name(regexp_extract(artist,
            '^(.+?)(?:\s*[,;/&+]|\s+(?:and|x|vs|with|w|und|et|y|presents)\b|$)', 1)) END AS first,
        regexp_replace(match_words(release), '(.) (?:ep|lp|single)$', '\1') AS release
    FROM cleaned),
named AS (
    SELECT * EXCLUDE (title, whole, base, artist),
        -- A title of signs only stands for itself.
        coalesce(nullif(whole, ''), trim(title)) AS whole,
        coalesce(nullif(base, ''), nullif(whole, ''), trim(title)) AS base,
        CASE WHEN artist IN ('various artists', 'various', 'va', 'v a', 'unknown', 'unknown artist', 'artist',
            'no artist', 'n a', 'null') THEN '' ELSE artist END AS artist,
        -- Where words of versions may stand: in brackets, at the title's end, in a concert's title.
        rest || ' ' || regexp_extract(whole, ' (@trailing)(?: version)?$', 1)
            || ' ' || regexp_extract(release, '\b(live) (?:at|in|from|on)\b', 1) AS about
    FROM parted)
SELECT node, coalesce(label, node) AS label, source, distinct_keys, whole, base, artist,
    CASE WHEN artist = '' THEN '' ELSE coalesce(nullif(first, ''), artist) END AS first, release,
    CASE WHEN about = '  ' THEN '' ELSE array_to_string(list_sort(list_distinct(list_transform(
        regexp_extract_all(about, '\b(?:@versions)\b'), lambda w: match_version(w)))), ' ') END AS versions,
    CASE WHEN rest = '' THEN '' ELSE trim(regexp_replace(regexp_replace(rest,
        '\b(?:@{versions}|version|(?:19|20)\d\d|original|remaster(?:ed)?|bonus track|explicit)\b', ' ', 'g'),
        ' +', ' ', 'g')) END AS wording,
    CASE WHEN regexp_matches(whole, '\d| [ivx]')
        THEN match_numbers(base || ' ' || regexp_replace(rest, '\b(?:19|20)\d\d\b', ' ', 'g'))
        ELSE '' END AS numbers,
    year, duration_ms, track_number
FROM named LEFT JOIN match_components ON vertex = node
WHERE whole <> ''
ORDER BY node;

-- Titles that many artists hold say little: level 2 from 8 on, 3 from 64 on.
CREATE OR REPLACE TABLE match_common AS
SELECT title, CASE WHEN count(*) >= 64 THEN 3 ELSE 2 END AS held
FROM (SELECT DISTINCT hash(match_closed(whole)) AS title, hash(match_closed(first)) AS artist FROM match_folded)
GROUP BY title HAVING count(*) >= 8;

-- Which sources with distinct keys the known clusters have a recording of already.
CREATE OR REPLACE TABLE match_taken AS
SELECT DISTINCT match_components.label AS label, source FROM match_keys JOIN match_components ON vertex = node WHERE distinct_keys;

CREATE OR REPLACE TABLE match_left (rule VARCHAR, reason VARCHAR, blocks BIGINT, nodes BIGINT);
CREATE OR REPLACE TABLE match_scored (
    node BIGINT, other BIGINT, label BIGINT, other_label BIGINT, source INTEGER, other_source INTEGER,
    alone BOOLEAN, other_alone BOOLEAN, title TINYINT, artist TINYINT, version TINYINT, wording TINYINT,
    numbers TINYINT, duration TINYINT, release TINYINT, year TINYINT, score INTEGER);
