-- Question:   what was measured and judged, and what was known when?
-- Parameters: none.
-- Result:     tables measurements and verdicts; a row is current while superseded_at is null.
-- Grain:      one revision of one measurement or verdict (identity, recorded_at).
CREATE TABLE measurements (
    model_key VARCHAR, identity VARCHAR, content VARCHAR,
    model VARCHAR, version VARCHAR, metric VARCHAR, role VARCHAR, feature VARCHAR, segment VARCHAR,
    window_index BIGINT, window_start TIMESTAMP, window_end TIMESTAMP, window_closed BOOLEAN,
    n BIGINT, value DOUBLE, low DOUBLE, high DOUBLE, unit VARCHAR, method VARCHAR, estimated BOOLEAN,
    n_reference BIGINT, p_value DOUBLE, reason VARCHAR,
    recorded_at TIMESTAMP, superseded_at TIMESTAMP
);
CREATE TABLE verdicts (
    model_key VARCHAR, identity VARCHAR, content VARCHAR,
    model VARCHAR, version VARCHAR, metric VARCHAR, role VARCHAR, feature VARCHAR, segment VARCHAR,
    window_index BIGINT, window_start TIMESTAMP, window_end TIMESTAMP, window_closed BOOLEAN,
    n BIGINT, value DOUBLE, low DOUBLE, high DOUBLE, unit VARCHAR, method VARCHAR, estimated BOOLEAN,
    n_reference BIGINT, p_value DOUBLE, measurement_reason VARCHAR,
    status VARCHAR, rule VARCHAR, limit_low DOUBLE, limit_high DOUBLE, reason VARCHAR, sentence VARCHAR,
    policy_digest VARCHAR, judged_at TIMESTAMP,
    recorded_at TIMESTAMP, superseded_at TIMESTAMP
);
