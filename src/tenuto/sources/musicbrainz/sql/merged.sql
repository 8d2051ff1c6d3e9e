SELECT new_id, gid FROM @{table}_gid_redirect ORDER BY ALL
