-- Question:   what is the latest that is known of one model?
-- Parameters: model_key; registry, model, task, owner, unit, kind, risk from its spec; metric (the leading performance metric of its task); drift_metrics (list).
-- Result:     the columns of model_facts.
-- Grain:      one row.
WITH present AS (
    SELECT window_index, version, any_value(window_start) AS window_start, any_value(window_end) AS window_end,
           any_value(value) AS n_rows
    FROM measurements
    WHERE model_key = $model_key AND superseded_at IS NULL AND metric = 'row_count' AND segment = '{}'
      AND window_closed AND window_index >= 0
    GROUP BY window_index, version
),
-- Where several versions answered in one window, the one with most rows speaks for it.
chosen AS (
    SELECT window_index, arg_max(version, n_rows) AS version, sum(n_rows) AS n_rows,
           any_value(window_start) AS window_start, any_value(window_end) AS window_end
    FROM present GROUP BY window_index
),
measured AS (
    SELECT m.* FROM measurements m JOIN chosen c ON c.window_index = m.window_index AND c.version = m.version
    WHERE m.model_key = $model_key AND m.superseded_at IS NULL AND m.value IS NOT NULL
      AND m.metric IN ($metric, 'demographic_parity_ratio', 'latency_p95') AND m.segment = '{}'
),
-- A realised value goes before its estimate.
lead_metric AS (
    SELECT * FROM measured WHERE metric = $metric AND role = 'performance'
    QUALIFY row_number() OVER (PARTITION BY window_index ORDER BY estimated) = 1
),
-- An estimate that missed a failure in the last window that both speak of is trusted no more.
told AS (
    SELECT window_index, estimated, status FROM verdicts
    WHERE model_key = $model_key AND superseded_at IS NULL AND metric = $metric AND role = 'performance'
      AND segment = '{}' AND status <> 'UNKNOWN'
    QUALIFY count(DISTINCT estimated) OVER (PARTITION BY window_index) = 2
),
blind AS (
    SELECT coalesce(bool_or(NOT estimated AND status = 'FAIL') AND bool_or(estimated AND status <> 'FAIL'), FALSE)
        AS is_blind
    FROM told WHERE window_index = (SELECT max(window_index) FROM told)
),
newest AS (
    SELECT * FROM lead_metric WHERE NOT (estimated AND (SELECT is_blind FROM blind))
    ORDER BY window_index DESC LIMIT 1
),
recent AS (SELECT window_index, value FROM lead_metric ORDER BY window_index DESC LIMIT 30),
ratios AS (
    SELECT min(value) AS ratio, arg_min(feature, value) AS attribute FROM measured
    WHERE metric = 'demographic_parity_ratio'
      AND window_index = (SELECT max(window_index) FROM measured WHERE metric = 'demographic_parity_ratio')
),
p95 AS (
    SELECT arg_max(value, window_index) AS value FROM measured WHERE metric = 'latency_p95'
),
judged AS (
    SELECT v.* FROM verdicts v LEFT JOIN chosen c ON c.window_index = v.window_index
    WHERE v.model_key = $model_key AND v.superseded_at IS NULL AND v.window_closed
      AND (c.version IS NULL OR c.version = v.version)
),
last AS (SELECT max(window_index) AS window_index FROM judged WHERE status <> 'UNKNOWN'),
now_judged AS (SELECT judged.* FROM judged JOIN last USING (window_index)),
moving AS (
    SELECT coalesce(feature, role) AS feature, role, status, value / nullif(limit_high, 0) AS ratio
    FROM now_judged
    WHERE list_contains($drift_metrics, metric) AND role IN ('feature', 'score', 'prediction', 'label')
      AND segment = '{}'
),
-- How much the output hangs on each feature: by the attributions logged in the last window, else by the reference.
logged AS (
    SELECT m.feature, m.value FROM measurements m
    JOIN chosen c ON c.window_index = m.window_index AND c.version = m.version
    WHERE m.model_key = $model_key AND m.superseded_at IS NULL AND m.metric = 'attribution_importance'
      AND m.segment = '{}' AND m.value > 0 AND m.window_index = (SELECT max(window_index) FROM chosen)
),
weights AS (
    SELECT feature, value / sum(value) OVER () AS weight FROM logged
    UNION ALL
    SELECT feature, importance FROM importance
    WHERE model_key = $model_key AND NOT EXISTS (FROM logged)
),
-- As the Drift page ranks: the verdict, then drift × importance; outputs count as the feature that counts most.
worst AS (
    SELECT m.feature, m.ratio
    FROM moving m LEFT JOIN weights w ON w.feature = m.feature AND m.role = 'feature'
    ORDER BY CASE m.status WHEN 'FAIL' THEN 3 WHEN 'WARN' THEN 2 WHEN 'PASS' THEN 1 ELSE 0 END DESC,
             coalesce(m.ratio, 0) * coalesce(w.weight, (SELECT max(weight) FROM weights), 1) DESC,
             coalesce(m.ratio, 0) DESC, m.feature DESC
    LIMIT 1
),
since AS (
    SELECT coalesce(v.feature, v.role) AS feature, min(v.window_start) AS began
    FROM judged v
    WHERE list_contains($drift_metrics, v.metric) AND v.segment = '{}' AND v.status = 'FAIL'
      AND v.window_index > coalesce((
          SELECT max(p.window_index) FROM judged p
          WHERE list_contains($drift_metrics, p.metric) AND p.segment = '{}' AND p.status = 'PASS'
            AND p.role = v.role AND p.feature IS NOT DISTINCT FROM v.feature), -1)
    GROUP BY ALL
),
fallen AS (
    SELECT list(m.feature ORDER BY m.feature) AS features, list(s.began ORDER BY m.feature) AS began
    FROM moving m LEFT JOIN since s USING (feature) WHERE m.status = 'FAIL'
),
traffic AS (
    SELECT sum(n_rows) * 86400.0 / nullif(epoch(max(window_end)) - epoch(min(window_start)), 0) AS a_day
    FROM chosen
    WHERE window_end > (SELECT max(window_end) FROM chosen) - INTERVAL 7 DAY
       OR window_index = (SELECT max(window_index) FROM chosen)
)
SELECT
    $model_key AS model_key, $registry AS registry, $model AS model, $task AS task,
    $owner AS owner, $unit AS unit, $kind AS kind, $risk AS risk,
    (SELECT arg_max(version, window_index) FROM chosen) AS version,
    newest.metric, newest.unit AS metric_unit, newest.value, newest.low, newest.high, newest.n, newest.estimated,
    newest.window_start, newest.window_end,
    (SELECT list(value ORDER BY window_index) FROM recent) AS sparkline,
    (SELECT ratio FROM worst) AS drift,
    (SELECT feature FROM worst) AS drift_feature,
    (SELECT features FROM fallen) AS drifting,
    (SELECT began FROM fallen) AS drifting_since,
    (SELECT ratio FROM ratios) AS fairness_ratio,
    (SELECT attribute FROM ratios) AS fairness_by,
    (SELECT value FROM p95) AS p95_ms,
    (SELECT a_day FROM traffic) AS rows_a_day,
    (SELECT window_index FROM last) AS judged_index,
    (SELECT any_value(window_start) FROM now_judged) AS judged_start,
    (SELECT any_value(window_end) FROM now_judged) AS judged_end,
    (SELECT count(*) FROM now_judged WHERE status = 'PASS') AS n_passed,
    (SELECT count(*) FROM now_judged WHERE status = 'WARN') AS n_warned,
    (SELECT count(*) FROM now_judged WHERE status = 'FAIL') AS n_failed,
    (SELECT count(*) FROM now_judged WHERE status = 'UNKNOWN') AS n_unknown,
    CASE WHEN (SELECT window_index FROM last) IS NULL THEN coalesce(
        (SELECT mode(reason) FROM judged), 'no closed window yet') END AS unknown_reason,
    (SELECT arg_max(sentence, CASE status WHEN 'FAIL' THEN 2 WHEN 'WARN' THEN 1 END)
     FROM now_judged WHERE status IN ('FAIL', 'WARN')) AS worst_warning,
    (SELECT max(judged_at) FROM judged) AS judged_at
FROM (SELECT 1) LEFT JOIN newest ON TRUE
