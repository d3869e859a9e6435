-- Question:   how did each version of a model do in each closed window, in what a version is answerable for
--             (performance, fairness, operations; that its inputs drift is the world's doing)?
-- Parameters: model_key; versions (list).
-- Result:     version, window_index, status (FAIL before WARN before PASS; UNKNOWN where nothing was judged), n (rows).
-- Grain:      one version in one window, in window order.
WITH judged AS (
    SELECT version, window_index,
           CASE WHEN bool_or(status = 'FAIL') THEN 'FAIL'
                WHEN bool_or(status = 'WARN') THEN 'WARN'
                WHEN bool_or(status = 'PASS') THEN 'PASS'
                ELSE 'UNKNOWN' END AS status
    FROM verdicts
    WHERE model_key = $model_key AND superseded_at IS NULL AND window_closed AND segment = '{}'
      AND role IN ('performance', 'fairness', 'operations')
      AND list_contains($versions::VARCHAR[], version)
    GROUP BY version, window_index
),
counted AS (
    SELECT version, window_index, any_value(value) AS n
    FROM measurements
    WHERE model_key = $model_key AND superseded_at IS NULL AND metric = 'row_count' AND segment = '{}'
      AND window_index >= 0
    GROUP BY version, window_index
)
SELECT j.version, j.window_index, j.status, coalesce(c.n, 0)::BIGINT AS n
FROM judged j LEFT JOIN counted c USING (version, window_index)
WHERE coalesce(c.n, 0) > 0
ORDER BY j.version, j.window_index
