SELECT * FROM rejects ORDER BY rowid
