-- Question:   how does one number stand in one segment over the shown windows?
-- Parameters: model_key; first, last and versions as views_points.sql; role, metric; feature (NULL: of none); segment
--             (canonical JSON).
-- Result:     as views_points.sql; then status, limit_low, limit_high, verdict_reason, sentence of the verdict, NULL where
--             no rule judges it.
-- Grain:      one current measurement, in no order: distances stored from more than one baseline are several.
SELECT m.identity, m.baseline, m.metric, m.role, m.feature, m.window_index, m.estimated, m.n, m.value, m.low, m.high,
       m.unit, m.method, m.n_reference, m.p_value, m.reason,
       v.status, v.limit_low, v.limit_high, v.reason AS verdict_reason, v.sentence
FROM measurements m
LEFT JOIN verdicts v
  ON v.model_key = $model_key AND v.superseded_at IS NULL AND v.identity = m.identity
WHERE m.model_key = $model_key AND m.superseded_at IS NULL AND m.metric = $metric AND m.role = $role
  AND m.window_index BETWEEN $first AND $last AND m.version = list_extract($versions::VARCHAR[], m.window_index - $first + 1)
  AND m.feature IS NOT DISTINCT FROM $feature AND m.segment = $segment
