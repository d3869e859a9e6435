-- Question:   how far has each input of each model drifted in the last window in which that was judged?
-- Parameters: metrics (list: the distances that decide).
-- Result:     registry, model, feature, metric, value, limit_high, status, window_end (naive UTC): of
--             several metrics that one with the worst verdict.
-- Grain:      one input of a monitored model.
SELECT f.registry, f.model, v.feature, v.metric, v.value, v.limit_high, v.status, v.window_end
FROM verdicts v
JOIN model_facts f USING (model_key)
WHERE v.superseded_at IS NULL AND v.role = 'feature' AND v.segment = '{}' AND v.value IS NOT NULL
  AND v.window_index >= 0 AND list_contains($metrics::VARCHAR[], v.metric)
QUALIFY row_number() OVER (
    PARTITION BY v.model_key, v.feature
    ORDER BY v.window_index DESC, list_position(['FAIL', 'WARN', 'PASS', 'UNKNOWN'], v.status), v.metric
) = 1
ORDER BY f.registry, f.model, v.feature
