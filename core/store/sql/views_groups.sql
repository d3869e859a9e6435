-- Question:   how does a measure stand in the groups of a sensitive column over the shown windows?
-- Parameters: model_key; first, last and versions as views_points.sql; metric; attribute (the column).
-- Result:     as views_points.sql; then status, limit_low, limit_high, verdict_reason, sentence of the verdict, NULL where
--             no rule judges it; segment (JSON).
-- Grain:      one current measurement of one group, in the order of groups and windows.
SELECT m.identity, m.baseline, m.metric, m.role, m.feature, m.window_index, m.estimated, m.n, m.value, m.low, m.high,
       m.unit, m.method, m.n_reference, m.p_value, m.reason,
       v.status, v.limit_low, v.limit_high, v.reason AS verdict_reason, v.sentence, m.segment
FROM measurements m
LEFT JOIN verdicts v
  ON v.model_key = $model_key AND v.superseded_at IS NULL AND v.identity = m.identity
WHERE m.model_key = $model_key AND m.superseded_at IS NULL AND m.metric = $metric AND m.role = 'fairness'
  AND m.window_index BETWEEN $first AND $last AND m.version = list_extract($versions::VARCHAR[], m.window_index - $first + 1)
  AND m.feature IS NULL AND m.segment <> '{}' AND json_keys(m.segment) = [$attribute]
ORDER BY m.segment, m.window_index
