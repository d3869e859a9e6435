-- Question:   which windows of a model have profiles?
-- Parameters: model_key.
-- Result:     window_index, window_start, window_end (naive UTC), closed when last profiled,
--             rows.
-- Grain:      one current window, whatever the number of model versions in it.
SELECT window_index, any_value(window_start), any_value(window_end), bool_and(closed), sum(n)::BIGINT
FROM profiles
WHERE model_key = $model_key AND NOT is_reference AND segment = 0
GROUP BY window_index
ORDER BY window_index
