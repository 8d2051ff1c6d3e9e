-- Why keys of different recordings' rows came together. In: edges_recording, nodes_recording, merged_recording.
-- Out: links_by_id, by the id of the recording.
CREATE TABLE links_by_id AS
SELECT coalesce(merged.top, nodes.id) AS id, nodes.source AS source, nodes.key AS key, hubs.source AS other_source,
    hubs.key AS other_key, because[1] AS method, 1.0::DOUBLE AS confidence, because[2] AS evidence, true AS merged
FROM edges_recording JOIN nodes_recording AS nodes USING (node) JOIN nodes_recording AS hubs ON hubs.node = hub
LEFT JOIN merged_recording AS merged ON merged.id = nodes.id;
