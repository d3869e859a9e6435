-- Question:   how does a metric stand in the segments that the spec names, in one window?
-- Parameters: model_key; window_index; version; metric.
-- Result:     segment (JSON), status, value, low, high, n, limit_low, limit_high, sentence, identity.
-- Grain:      one segment: its measured number where there is one, else its estimate.
SELECT segment, status, value, low, high, n, limit_low, limit_high, sentence, identity
FROM verdicts
WHERE model_key = $model_key AND superseded_at IS NULL AND role = 'performance' AND metric = $metric
  AND window_index = $window_index AND version = $version AND segment <> '{}'
QUALIFY row_number() OVER (PARTITION BY segment ORDER BY value IS NULL, estimated) = 1
ORDER BY segment
