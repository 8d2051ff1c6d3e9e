SELECT recording, explicit, key, mode, tempo FROM out_features ORDER BY ALL
