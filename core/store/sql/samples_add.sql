-- Question:   none: keeps what was measured on samples.
-- Parameters: model_key, is_reference; lists of equal length: indexes, versions, metrics, methods,
--             fingerprints, ns, ns_reference (rows), values, lows, highs, reasons.
-- Result:     rows added to sampled_readings.
-- Grain:      one metric of one window and model version.
INSERT INTO sampled_readings BY NAME
SELECT
    $model_key::VARCHAR AS model_key,
    $is_reference::BOOLEAN AS is_reference,
    unnest($indexes::INTEGER[]) AS window_index,
    unnest($versions::VARCHAR[]) AS version,
    unnest($metrics::VARCHAR[]) AS metric,
    unnest($methods::VARCHAR[]) AS method,
    unnest($fingerprints::VARCHAR[]) AS fingerprint,
    unnest($ns::BIGINT[]) AS n,
    unnest($ns_reference::BIGINT[]) AS n_reference,
    unnest($values::DOUBLE[]) AS value,
    unnest($lows::DOUBLE[]) AS low,
    unnest($highs::DOUBLE[]) AS high,
    unnest($reasons::VARCHAR[]) AS reason
