-- Question:   what was judged of a model over the shown windows?
-- Parameters: as views_points.sql, without feature.
-- Result:     baseline, metric, role, feature, window_index, estimated, value, limit_high, status, failure (the sentence
--             of a verdict that failed).
-- Grain:      one current verdict over all rows, in no order: a verdict repeats what it judged, so that nothing is
--             joined.
SELECT baseline, metric, role, feature, window_index, estimated, value, limit_high, status,
       CASE WHEN status = 'FAIL' THEN sentence END AS failure
FROM verdicts
WHERE model_key = $model_key AND superseded_at IS NULL AND segment = '{}'
  AND window_index BETWEEN $first AND $last AND version = list_extract($versions::VARCHAR[], window_index - $first + 1)
  AND list_contains($roles, role) AND ($metrics IS NULL OR list_contains($metrics, metric))
