-- Question:   what was measured of a model over the shown windows, and how was it judged?
-- Parameters: model_key; indexes and versions (lists, paired: the shown windows); roles (list); metrics
--             (list, or NULL for all); judged (true: only what has a verdict); baseline (of distances stored from
--             more than one, which).
-- Result:     version, metric, role, feature, window_index, window_start, window_end (naive UTC), n, value,
--             low, high, unit, method, estimated, n_reference, p_value, measurement_reason; identity, status,
--             limit_low, limit_high, reason, sentence of its verdict, NULL where no rule judges it.
-- Grain:      one current measurement over all rows, in window order.
WITH shown AS (SELECT unnest($indexes::BIGINT[]) AS window_index, unnest($versions::VARCHAR[]) AS version)
SELECT m.version, m.metric, m.role, m.feature, m.window_index, m.window_start, m.window_end, m.n, m.value,
       m.low, m.high, m.unit, m.method, m.estimated, m.n_reference, m.p_value,
       m.reason AS measurement_reason,
       v.identity, v.status, v.limit_low, v.limit_high, v.reason, v.sentence
FROM measurements m
JOIN shown ON shown.window_index = m.window_index AND shown.version = m.version
LEFT JOIN verdicts v
  ON v.model_key = $model_key AND v.superseded_at IS NULL AND v.identity = m.identity
WHERE m.model_key = $model_key AND m.superseded_at IS NULL AND m.segment = '{}'
  AND list_contains($roles, m.role) AND ($metrics IS NULL OR list_contains($metrics, m.metric))
  AND (NOT $judged OR v.identity IS NOT NULL)
-- Where the spec names a season, the distances from the like windows speak, not those from the whole, unless these are asked for.
QUALIFY row_number() OVER (
    PARTITION BY m.window_index, m.version, m.role, m.metric, m.feature, m.estimated
    ORDER BY m.baseline = $baseline DESC) = 1
ORDER BY m.role, m.metric, m.feature, m.window_index, m.estimated
