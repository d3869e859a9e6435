-- Question:   which closed windows of a model are shown, and which version speaks for each?
-- Parameters: model_key; version, or NULL for the one with most rows in each window; last (how many).
-- Result:     window_index, version, window_start, window_end (naive UTC), n.
-- Grain:      one window, latest first.
SELECT window_index, arg_max(version, n) AS version, arg_max(window_start, n) AS window_start,
       arg_max(window_end, n) AS window_end, max(n) AS n
FROM measurements
WHERE model_key = $model_key AND superseded_at IS NULL AND metric = 'row_count' AND segment = '{}'
  AND window_closed AND window_index >= 0 AND ($version IS NULL OR version = $version)
GROUP BY window_index
ORDER BY window_index DESC
LIMIT $last
