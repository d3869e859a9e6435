-- Question:   which windows of some models have profiles?
-- Parameters: model_keys (list).
-- Result:     model_key, window_index, window_start, window_end (naive UTC), closed when last profiled,
--             rows.
-- Grain:      one current window, whatever the number of model versions in it.
SELECT model_key, window_index, any_value(window_start), any_value(window_end), bool_and(closed), sum(n)::BIGINT
FROM profiles
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND NOT is_reference AND segment = 0
GROUP BY model_key, window_index
ORDER BY model_key, window_index
