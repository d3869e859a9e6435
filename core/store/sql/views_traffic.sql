-- Question:   which versions of a model had traffic, and from when to when?
-- Parameters: model_key.
-- Result:     version, first_index, first_start, last_end (naive UTC), n_rows.
-- Grain:      one version, in no order.
SELECT version, min(window_index) AS first_index, min(window_start) AS first_start, max(window_end) AS last_end,
       sum(n) AS n_rows
FROM measurements
WHERE model_key = $model_key AND superseded_at IS NULL AND metric = 'row_count' AND segment = '{}'
  AND window_index >= 0 AND n > 0
GROUP BY version
