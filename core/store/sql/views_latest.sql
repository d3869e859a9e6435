-- Question:   how did each version of a model do in its latest window with a value?
-- Parameters: model_key; metric (a performance metric).
-- Result:     version; value, low, high, n, estimated as one struct: what came true before its estimate.
-- Grain:      one version that had a value in some window, in no order.
SELECT version, arg_max((value, low, high, n, estimated), 2 * window_index + (NOT estimated)::INTEGER) AS latest
FROM measurements
WHERE model_key = $model_key AND superseded_at IS NULL AND metric = $metric AND role = 'performance'
  AND segment = '{}' AND value IS NOT NULL AND window_index >= 0
GROUP BY version
