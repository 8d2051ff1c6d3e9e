-- Names whose entities may have changed. In: old_identifiers, live_identifiers, changed_ and gone_identifiers.
CREATE TABLE affected AS
SELECT scheme || ':' || value AS name FROM changed_identifiers
UNION
SELECT scheme || ':' || value FROM old_identifiers
SEMI JOIN (SELECT entity, number FROM changed_identifiers UNION ALL FROM gone_identifiers) USING (entity, number);

CREATE VIEW new_names AS
SELECT name, entity, number FROM (SELECT scheme || ':' || value AS name, entity, number FROM live_identifiers)
SEMI JOIN affected USING (name);

CREATE VIEW affected_names AS FROM old_names SEMI JOIN affected USING (name);
