-- What a generation of @table holds that takes older ones in. In: changed_@table and gone_@table, what the build changes;
-- taken_@table, the live rows of what is taken in, and taken_keys_@table, the keys that it removes.
CREATE TABLE told_@table AS SELECT @key FROM changed_@table UNION FROM gone_@table;

CREATE VIEW all_changed_@table AS
FROM changed_@table UNION ALL SELECT @columns FROM taken_@table ANTI JOIN told_@table USING (@key);

CREATE VIEW all_gone_@table AS
FROM gone_@table UNION (SELECT @key FROM taken_keys_@table ANTI JOIN all_changed_@table USING (@key));
