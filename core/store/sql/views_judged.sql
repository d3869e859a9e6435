-- Question:   what was judged of a model over the shown windows?
-- Parameters: as views_points.sql.
-- Result:     as views_points.sql, whose verdict is never NULL.
-- Grain:      one current verdict over all rows, in no order: a verdict repeats what it judged, so that nothing is
--             joined.
WITH shown AS (SELECT unnest($indexes::BIGINT[]) AS window_index, unnest($versions::VARCHAR[]) AS version)
SELECT v.version, v.metric, v.role, v.feature, v.window_index, v.n, v.value,
       v.low, v.high, v.unit, v.method, v.estimated, v.n_reference, v.p_value, v.measurement_reason,
       v.identity, v.status, v.limit_low, v.limit_high, v.reason, v.sentence, v.baseline
FROM verdicts v
JOIN shown ON shown.window_index = v.window_index AND shown.version = v.version
WHERE v.model_key = $model_key AND v.superseded_at IS NULL AND v.segment = '{}'
  AND list_contains($roles, v.role) AND ($metrics IS NULL OR list_contains($metrics, v.metric))
