-- Question:   how does a measure stand in the groups of a sensitive column over the shown windows?
-- Parameters: model_key; indexes and versions (lists, paired: the shown windows); metric; attribute (the column).
-- Result:     as views_points.sql, and the segment (JSON) last.
-- Grain:      one current measurement of one group, in the order of groups and windows.
WITH shown AS (SELECT unnest($indexes::BIGINT[]) AS window_index, unnest($versions::VARCHAR[]) AS version)
SELECT m.version, m.metric, m.role, m.feature, m.window_index, m.n, m.value,
       m.low, m.high, m.unit, m.method, m.estimated, m.n_reference, m.p_value,
       m.reason AS measurement_reason,
       v.identity, v.status, v.limit_low, v.limit_high, v.reason, v.sentence, m.segment
FROM measurements m
JOIN shown ON shown.window_index = m.window_index AND shown.version = m.version
LEFT JOIN verdicts v
  ON v.model_key = $model_key AND v.superseded_at IS NULL AND v.identity = m.identity
WHERE m.model_key = $model_key AND m.superseded_at IS NULL AND m.metric = $metric AND m.role = 'fairness'
  AND m.feature IS NULL AND m.segment <> '{}' AND json_keys(m.segment) = [$attribute]
ORDER BY m.segment, m.window_index
