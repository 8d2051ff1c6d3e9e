SELECT recording, source, unit, period, count, listeners FROM out_listens ORDER BY ALL
