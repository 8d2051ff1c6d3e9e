-- Rows that lead to nothing are gathered here, with the reason.
CREATE TABLE unplaced (source VARCHAR, ordinal BIGINT, entity VARCHAR, key VARCHAR, reason VARCHAR);
