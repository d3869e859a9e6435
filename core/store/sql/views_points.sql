-- Question:   what was measured of a model over the shown windows, and how was it judged?
-- Parameters: model_key; indexes and versions (lists, paired: the shown windows); roles (list); metrics
--             (list, or NULL for all).
-- Result:     version, metric, role, feature, window_index, n, value, low, high, unit, method,
--             estimated, n_reference, p_value, measurement_reason; identity, status,
--             limit_low, limit_high, reason, sentence of its verdict, NULL where no rule judges it; baseline.
-- Grain:      one current measurement over all rows, in no order: distances stored from more than one baseline are
--             several.
-- The joined verdicts are cut down first: of a year's, few are of the roles that a page asks for.
WITH shown AS (SELECT unnest($indexes::BIGINT[]) AS window_index, unnest($versions::VARCHAR[]) AS version),
judged AS (
    SELECT identity, status, limit_low, limit_high, reason, sentence
    FROM verdicts
    WHERE model_key = $model_key AND superseded_at IS NULL AND segment = '{}'
      AND list_contains($roles, role) AND ($metrics IS NULL OR list_contains($metrics, metric))
)
SELECT m.version, m.metric, m.role, m.feature, m.window_index, m.n, m.value,
       m.low, m.high, m.unit, m.method, m.estimated, m.n_reference, m.p_value,
       m.reason AS measurement_reason,
       v.identity, v.status, v.limit_low, v.limit_high, v.reason, v.sentence, m.baseline
FROM measurements m
JOIN shown ON shown.window_index = m.window_index AND shown.version = m.version
LEFT JOIN judged v ON v.identity = m.identity
WHERE m.model_key = $model_key AND m.superseded_at IS NULL AND m.segment = '{}'
  AND list_contains($roles, m.role) AND ($metrics IS NULL OR list_contains($metrics, m.metric))
