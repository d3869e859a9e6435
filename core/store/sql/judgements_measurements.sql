-- Question:   which measurements of a model are current?
-- Parameters: model_key; baseline (fixed or seasonal); metric, feature, segment (JSON) or NULL for any; since (naive UTC) or NULL,
--             compared with the window's end.
-- Result:     the measurement's columns, in window order.
-- Grain:      one current measurement.
SELECT model, version, metric, role, feature, segment, window_index, window_start, window_end, window_closed,
       n, value, low, high, unit, method, estimated, n_reference, p_value, baseline, reason
FROM measurements
WHERE model_key = $model_key AND superseded_at IS NULL AND baseline = $baseline
  AND ($metric IS NULL OR metric = $metric)
  AND ($feature IS NULL OR feature = $feature)
  AND ($segment IS NULL OR segment = $segment)
  AND ($since IS NULL OR window_end >= $since)
ORDER BY window_index, version, role, metric, feature, segment, estimated
