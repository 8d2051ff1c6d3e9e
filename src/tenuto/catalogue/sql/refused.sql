CREATE VIEW new_unplaced_rows AS FROM unplaced UNION ALL FROM refused;
