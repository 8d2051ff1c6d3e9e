-- A genre is a tag that has a genre's name; those voted down are left out.
SELECT recording_tag.recording, tag.name
FROM recording_tag
JOIN tag ON tag.id = recording_tag.tag
SEMI JOIN genre ON genre.name = tag.name
WHERE recording_tag.count > 0
ORDER BY recording_tag.recording, recording_tag.count DESC, tag.name
