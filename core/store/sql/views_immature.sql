-- Question:   in which shown windows is a measured metric not judged because labels are still coming?
-- Parameters: as views_points.sql, without feature; waiting (list: the reasons that say so).
-- Result:     window_index.
-- Grain:      one window, in no order.
SELECT DISTINCT window_index
FROM verdicts
WHERE model_key = $model_key AND superseded_at IS NULL AND segment = '{}' AND status = 'UNKNOWN' AND NOT estimated
  AND window_index BETWEEN $first AND $last AND version = list_extract($versions::VARCHAR[], window_index - $first + 1)
  AND list_contains($roles, role) AND list_contains($metrics, metric) AND list_contains($waiting, reason)
