-- Question:   which metrics of a model have a value in the shown windows?
-- Parameters: as views_points.sql, without feature.
-- Result:     metric.
-- Grain:      one metric over all rows, measured or estimated, in no order.
SELECT DISTINCT metric
FROM measurements
WHERE model_key = $model_key AND superseded_at IS NULL AND segment = '{}' AND value IS NOT NULL
  AND window_index BETWEEN $first AND $last AND version = list_extract($versions::VARCHAR[], window_index - $first + 1)
  AND list_contains($roles, role) AND list_contains($metrics, metric)
