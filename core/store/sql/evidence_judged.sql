-- Question:   what was judged last of each aspect of one model?
-- Parameters: model_key; drift_metrics (list: the metrics of inputs that are drift, all others are quality).
-- Result:     aspect (drift, quality, label, performance, fairness, operations), window_index (NULL: nothing was
--             ever known), version, judged_at (naive UTC), n_passed, n_warned, n_failed, n_unknown, metrics (list),
--             policy_digest, worst (sentence of a FAIL), unknown (the commonest reason why nothing is known).
-- Grain:      one aspect of which anything was judged; estimates of performance do not count.
WITH judged AS (
    SELECT CASE WHEN role = 'feature' AND list_contains($drift_metrics, metric) THEN 'drift'
                WHEN role = 'feature' THEN 'quality'
                WHEN role IN ('score', 'prediction') THEN 'drift'
                ELSE role END AS aspect,
           window_index, version, judged_at, status, metric, policy_digest, sentence, reason
    FROM verdicts
    WHERE model_key = $model_key AND superseded_at IS NULL AND window_closed AND segment = '{}'
      AND NOT (role = 'performance' AND estimated)
),
last AS (
    SELECT aspect, max(window_index) FILTER (WHERE status <> 'UNKNOWN') AS last_index FROM judged GROUP BY aspect
)
SELECT j.aspect, any_value(l.last_index) AS window_index, arg_max(version, status <> 'UNKNOWN') AS version,
       max(judged_at) AS judged_at,
       count(*) FILTER (WHERE status = 'PASS') AS n_passed,
       count(*) FILTER (WHERE status = 'WARN') AS n_warned,
       count(*) FILTER (WHERE status = 'FAIL') AS n_failed,
       count(*) FILTER (WHERE status = 'UNKNOWN') AS n_unknown,
       coalesce(list_sort(list_distinct(list(metric) FILTER (WHERE status <> 'UNKNOWN'))), []) AS metrics,
       coalesce(any_value(policy_digest), '') AS policy_digest,
       coalesce(min(sentence) FILTER (WHERE status = 'FAIL'), '') AS worst,
       coalesce(mode(reason) FILTER (WHERE status = 'UNKNOWN'), '') AS unknown
FROM judged j JOIN last l ON l.aspect = j.aspect
WHERE l.last_index IS NULL OR j.window_index = l.last_index
GROUP BY j.aspect
ORDER BY j.aspect
