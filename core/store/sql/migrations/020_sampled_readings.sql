-- What was measured on a sample of a window's rows, so that the same rows are not measured again.

-- fingerprint: tells whether a window still holds the same rows. is_reference parts the reference's own
-- windows (negative window_index) from the current ones. method: the catalogue's text of how it was
-- measured, so that another method is another reading.
CREATE TABLE sampled_readings (
    model_key VARCHAR NOT NULL,
    is_reference BOOLEAN NOT NULL,
    window_index INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL,
    n BIGINT NOT NULL,
    n_reference BIGINT,
    value DOUBLE,
    low DOUBLE,
    high DOUBLE,
    reason VARCHAR
);
