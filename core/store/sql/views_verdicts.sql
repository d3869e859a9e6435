-- Question:   how was judged what was measured of a model over the shown windows?
-- Parameters: as views_points.sql.
-- Result:     identity (also the measurement's), status, limit_low, limit_high, reason, sentence.
-- Grain:      one current verdict over all rows, in no order.
SELECT identity, status, limit_low, limit_high, reason, sentence
FROM verdicts
WHERE model_key = $model_key AND superseded_at IS NULL AND segment = '{}'
  AND window_index BETWEEN $first AND $last AND version = list_extract($versions::VARCHAR[], window_index - $first + 1)
  AND list_contains($roles, role) AND ($metrics IS NULL OR list_contains($metrics, metric))
  AND ($feature IS NULL OR feature = $feature)
