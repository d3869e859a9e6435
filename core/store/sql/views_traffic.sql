-- Question:   which versions of a model had traffic, from when to when, and how did each do last?
-- Parameters: model_key; metric (a performance metric).
-- Result:     version; first_index, first_start, last_end (naive UTC), n_rows; latest: value, low, high, n, estimated of
--             the latest window with a value as one struct, what came true before its estimate; NULL without one.
-- Grain:      one version, in no order.
SELECT version, min(window_index) FILTER (is_traffic) AS first_index, min(window_start) FILTER (is_traffic) AS first_start,
       max(window_end) FILTER (is_traffic) AS last_end, sum(n) FILTER (is_traffic) AS n_rows,
       arg_max((value, low, high, n, estimated), 2 * window_index + (NOT estimated)::INTEGER)
           FILTER (NOT is_traffic AND value IS NOT NULL) AS latest
FROM (SELECT *, metric = 'row_count' AS is_traffic
      FROM measurements
      WHERE model_key = $model_key AND superseded_at IS NULL AND segment = '{}' AND window_index >= 0
        AND ((metric = 'row_count' AND n > 0) OR (metric = $metric AND role = 'performance')))
GROUP BY version
HAVING n_rows > 0
