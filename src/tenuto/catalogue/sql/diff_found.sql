-- Recordings that may differ. In: before_ and after_recordings; @touched narrows them to the numbers to look at.
CREATE @kind before_found AS FROM before_recordings @touched;
CREATE @kind after_found AS FROM after_recordings @touched;
CREATE TABLE both_ids AS SELECT id FROM before_found INTERSECT SELECT id FROM after_found;
CREATE TABLE gone_ids AS SELECT id FROM before_found EXCEPT SELECT id FROM after_found;
CREATE TABLE fresh_ids AS SELECT id FROM after_found EXCEPT SELECT id FROM before_found;
CREATE TABLE differences (id UUID, what VARCHAR);
