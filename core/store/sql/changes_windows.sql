-- Question:   which closed windows can be compared, and how does the metric stand in each?
-- Parameters: model_key; metric (the performance metric asked for).
-- Result:     window_index, version (the one with most rows), window_start, window_end (naive UTC), status (of
--             its performance: measured before estimated, NULL without a verdict other than UNKNOWN),
--             is_immature (its labels are).
-- Grain:      one closed window with rows, oldest first.
WITH busiest AS (
    SELECT window_index, arg_max(version, n) AS version, arg_max(window_start, n) AS window_start,
           arg_max(window_end, n) AS window_end
    FROM profiles
    WHERE model_key = $model_key AND NOT is_reference AND closed AND n > 0
    GROUP BY window_index
)
SELECT b.window_index, b.version, b.window_start, b.window_end,
       arg_min(v.status, v.estimated) FILTER (v.status <> 'UNKNOWN') AS status,
       coalesce(bool_or(v.reason = 'labels immature' AND NOT v.estimated), false) AS is_immature
FROM busiest b
LEFT JOIN verdicts v
  ON v.model_key = $model_key AND v.superseded_at IS NULL AND v.segment = '{}' AND v.role = 'performance'
 AND v.metric = $metric AND v.window_index = b.window_index AND v.version = b.version
GROUP BY ALL
ORDER BY b.window_index
