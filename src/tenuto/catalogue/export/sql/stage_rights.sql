SELECT recording, kind, statement, origin, holder FROM out_rights ORDER BY ALL
