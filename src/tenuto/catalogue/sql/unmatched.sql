-- Where nothing is matched by likeness.
CREATE TABLE likely_pairs (value VARCHAR, confidence DOUBLE, evidence VARCHAR, source_place INTEGER, key VARCHAR,
    other_place INTEGER, other_key VARCHAR);
