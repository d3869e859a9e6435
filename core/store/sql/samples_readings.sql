-- Question:   what was measured on samples of a model's rows already?
-- Parameters: model_key; is_reference; metrics (list).
-- Result:     window_index, version, metric, method, fingerprint, n, n_reference (rows), value, low, high,
--             reason.
-- Grain:      one metric of one window and model version.
SELECT window_index, version, metric, method, fingerprint, n, n_reference, value, low, high, reason
FROM sampled_readings
WHERE model_key = $model_key AND is_reference = $is_reference AND list_contains($metrics, metric)
ORDER BY window_index, version, metric
