-- Question:   what was judged of one performance metric in the shown windows, and which of it was known when?
-- Parameters: model_key; metric; indexes and versions (lists, paired: the shown windows).
-- Result:     window_index, estimated, window_start, window_end, status, value, n, reason, recorded_at,
--             superseded_at (times naive UTC, the last NULL while a revision stands).
-- Grain:      one revision of a verdict over all rows that was revised at least once, in window order, oldest first.
WITH shown AS (SELECT unnest($indexes::BIGINT[]) AS window_index, unnest($versions::VARCHAR[]) AS version)
SELECT v.window_index, v.estimated, v.window_start, v.window_end, v.status, v.value, v.n, v.reason,
       v.recorded_at, v.superseded_at
FROM verdicts v JOIN shown ON shown.window_index = v.window_index AND shown.version = v.version
WHERE v.model_key = $model_key AND v.role = 'performance' AND v.metric = $metric AND v.segment = '{}'
  AND v.window_closed
QUALIFY count(v.superseded_at) OVER (PARTITION BY v.window_index, v.estimated) > 0
ORDER BY v.window_index, v.estimated, v.recorded_at
