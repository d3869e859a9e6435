-- Question:   how many rows and windows has a model's reference, and how long are the model's own windows?
-- Parameters: model_key.
-- Result:     n_rows, n_windows of the reference (NULL and 0 where none is pinned); last_end (end of the last closed
--             window, naive UTC), typical_s (median length, seconds).
-- Grain:      one row.
SELECT sum(n) FILTER (is_reference AND window_index = 0 AND segment = 0) AS n_rows,
       count(DISTINCT window_index) FILTER (is_reference AND window_index < 0) AS n_windows,
       max(window_end) FILTER (NOT is_reference AND closed) AS last_end,
       median(epoch(window_end) - epoch(window_start)) FILTER (NOT is_reference AND closed) AS typical_s
FROM profiles
WHERE model_key = $model_key
