-- Question:   which versions of a model had traffic, from when to when, and how did each do last?
-- Parameters: model_key; metric (the leading performance metric).
-- Result:     version, first_index, first_start, last_end (naive UTC), n_rows; value, low, high, n, unit,
--             estimated of its latest window with a value.
-- Grain:      one version.
WITH traffic AS (
    SELECT version, min(window_index) AS first_index, min(window_start) AS first_start,
           max(window_end) AS last_end, sum(n) AS n_rows
    FROM measurements
    WHERE model_key = $model_key AND superseded_at IS NULL AND metric = 'row_count' AND segment = '{}'
      AND window_index >= 0 AND n > 0
    GROUP BY version
),
latest AS (
    SELECT version, value, low, high, n, unit, estimated
    FROM measurements
    WHERE model_key = $model_key AND superseded_at IS NULL AND metric = $metric AND role = 'performance'
      AND segment = '{}' AND value IS NOT NULL AND window_index >= 0
    QUALIFY row_number() OVER (PARTITION BY version ORDER BY window_index DESC, estimated) = 1
)
SELECT t.version, t.first_index, t.first_start, t.last_end, t.n_rows,
       l.value, l.low, l.high, l.n, l.unit, l.estimated
FROM traffic t LEFT JOIN latest l USING (version)
ORDER BY t.first_index, t.version
