SELECT id, gid, name, raw FROM artist ORDER BY id
