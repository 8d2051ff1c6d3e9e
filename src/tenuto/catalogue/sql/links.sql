-- Why keys of different recordings' rows came together, and which nearly did, by the id of the recording.
-- In: edges_recording, nodes_recording, merged_recording, likely_pairs. Out: links_by_id.
-- An identifier is taken at its word: confidence 1, and the identifier for evidence.
CREATE TABLE links_by_id AS
SELECT coalesce(merged.top, nodes.id) AS id, nodes.source AS source, nodes.key AS key, hubs.source AS other_source,
    hubs.key AS other_key, because[1] AS method, coalesce(pairs.confidence, 1) AS confidence,
    coalesce(pairs.evidence, because[2]) AS evidence, true AS merged
FROM edges_recording JOIN nodes_recording AS nodes USING (node) JOIN nodes_recording AS hubs ON hubs.node = hub
LEFT JOIN merged_recording AS merged ON merged.id = nodes.id
LEFT JOIN likely_pairs AS pairs ON because[1] = 'match' AND pairs.value = because[2]
UNION ALL
SELECT coalesce(merged.top, uuid5('recording', one.source, pairs.key)), one.source, pairs.key, two.source, other_key,
    'match', pairs.confidence, pairs.evidence, false
FROM likely_pairs AS pairs JOIN sources AS one ON one.place = source_place
JOIN sources AS two ON two.place = other_place
LEFT JOIN merged_recording AS merged ON merged.id = uuid5('recording', one.source, pairs.key)
WHERE NOT EXISTS (FROM joins WHERE joins.scheme = 'match' AND joins.value = pairs.value);
