-- Question:   which version answered most requests in each window?
-- Parameters: model_key, is_reference.
-- Result:     window_index, version.
-- Grain:      one window with rows.
SELECT window_index, arg_max(version, n)
FROM profiles
WHERE model_key = $model_key AND is_reference = $is_reference AND n > 0 AND segment = 0
GROUP BY window_index
