-- Where a later generation of @table is gathered. In: old_@table.
CREATE TABLE changed_@table AS SELECT @columns FROM old_@table WHERE false;
CREATE TABLE gone_@table AS SELECT @key FROM old_@table WHERE false;
