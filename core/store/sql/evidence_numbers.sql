-- Question:   how good and how fair was one model in the last window where that is known?
-- Parameters: model_key.
-- Result:     role, metric, feature (the attribute of a fairness metric, else NULL), value, low, high, n, unit, status,
--             window_index, window_start, window_end (naive UTC), version.
-- Grain:      one verdict with a value, of all rows, of the last closed window of its role where any is known; estimates
--             do not count.
WITH known AS (
    SELECT role, metric, feature, value, low, high, n, unit, status, window_index, window_start, window_end, version
    FROM verdicts
    WHERE model_key = $model_key AND superseded_at IS NULL AND window_closed AND segment = '{}'
      AND role IN ('performance', 'fairness') AND NOT estimated AND status <> 'UNKNOWN' AND value IS NOT NULL
)
SELECT role, metric, feature, value, low, high, n, unit, status, window_index, window_start, window_end, version
FROM known k
WHERE window_index = (SELECT max(window_index) FROM known l WHERE l.role = k.role)
ORDER BY role DESC, metric, feature
