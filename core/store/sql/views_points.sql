-- Question:   what was measured of a model over the shown windows?
-- Parameters: model_key; first and last (indexes of the first and the last shown window); versions (list: which one
--             speaks for each window from first to last, NULL for one that is not shown); roles (list); metrics (list,
--             or NULL for all); feature (or NULL for all).
-- Result:     identity, baseline, metric, role, feature, window_index, estimated, n, value, low, high, unit, method,
--             n_reference, p_value, reason (why there is no value).
-- Grain:      one current measurement over all rows, in no order: distances stored from more than one baseline are
--             several.
-- Verdicts are not joined: planning and doing that costs more than reading both.
SELECT identity, baseline, metric, role, feature, window_index, estimated, n, value, low, high, unit, method,
       n_reference, p_value, reason
FROM measurements
WHERE model_key = $model_key AND superseded_at IS NULL AND segment = '{}'
  AND window_index BETWEEN $first AND $last AND version = list_extract($versions::VARCHAR[], window_index - $first + 1)
  AND list_contains($roles, role) AND ($metrics IS NULL OR list_contains($metrics, metric))
  AND ($feature IS NULL OR feature = $feature)
