-- Listens with their periods in full. In: live_listens, periods (source, period): what all counts of a source have.
SET VARIABLE periods = (SELECT map_from_entries(list((source, period))) FROM periods);

CREATE VIEW dated_listens AS
SELECT * REPLACE (CASE WHEN period = '' THEN coalesce(getvariable('periods')[source], '') ELSE period END AS period)
FROM live_listens;
