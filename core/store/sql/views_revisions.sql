-- Question:   what was judged of one performance metric over the shown windows, and which of it was known when?
-- Parameters: model_key; metric; first and last (indexes of the first and the last shown window).
-- Result:     version, window_index, estimated, window_start, window_end, status, value, n, reason, recorded_at,
--             superseded_at (times naive UTC, the last NULL while a revision stands).
-- Grain:      one revision of a verdict over all rows, in no order; also of versions that speak for no window.
SELECT version, window_index, estimated, window_start, window_end, status, value, n, reason, recorded_at,
       superseded_at
FROM verdicts
WHERE model_key = $model_key AND role = 'performance' AND metric = $metric AND segment = '{}'
  AND window_closed AND window_index BETWEEN $first AND $last
