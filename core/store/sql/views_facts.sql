-- Question:   what is the latest that is known of some models?
-- Parameters: lists of equal length: model_keys; registries, models, tasks, owners, units, kinds, risks from their
--             specs; metrics (the leading performance metric of their tasks). drift_metrics (list).
-- Result:     the columns of model_facts.
-- Grain:      one model.
WITH asked AS (
    SELECT unnest($model_keys::VARCHAR[]) AS model_key, unnest($registries::VARCHAR[]) AS registry,
           unnest($models::VARCHAR[]) AS model, unnest($tasks::VARCHAR[]) AS task, unnest($owners::VARCHAR[]) AS owner,
           unnest($units::VARCHAR[]) AS unit, unnest($kinds::VARCHAR[]) AS kind, unnest($risks::VARCHAR[]) AS risk,
           unnest($metrics::VARCHAR[]) AS lead_name
),
present AS (
    SELECT model_key, window_index, version, any_value(window_start) AS window_start,
           any_value(window_end) AS window_end, any_value(value) AS n_rows
    FROM measurements
    WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND superseded_at IS NULL AND metric = 'row_count'
      AND segment = '{}' AND window_closed AND window_index >= 0
    GROUP BY model_key, window_index, version
),
-- Where several versions answered in one window, the one with most rows speaks for it.
chosen AS (
    SELECT model_key, window_index, arg_max(version, n_rows) AS version, sum(n_rows) AS n_rows,
           any_value(window_start) AS window_start, any_value(window_end) AS window_end
    FROM present GROUP BY model_key, window_index
),
newest_window AS (
    SELECT model_key, max(window_index) AS window_index, arg_max(version, window_index) AS version,
           max(window_end) AS window_end
    FROM chosen GROUP BY model_key
),
measured AS (
    SELECT m.*, a.lead_name FROM measurements m
    JOIN chosen c ON c.model_key = m.model_key AND c.window_index = m.window_index AND c.version = m.version
    JOIN asked a ON a.model_key = m.model_key
    WHERE m.model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND m.superseded_at IS NULL AND m.value IS NOT NULL
      AND (m.metric = a.lead_name OR m.metric IN ('demographic_parity_ratio', 'latency_p95')) AND m.segment = '{}'
),
-- A realised value goes before its estimate.
lead_metric AS (
    SELECT * FROM measured WHERE metric = lead_name AND role = 'performance'
    QUALIFY row_number() OVER (PARTITION BY model_key, window_index ORDER BY estimated) = 1
),
-- An estimate that missed a failure in the last window that both speak of is trusted no more.
told AS (
    SELECT v.model_key, v.window_index, v.estimated, v.status FROM verdicts v
    JOIN asked a ON a.model_key = v.model_key AND a.lead_name = v.metric
    WHERE v.model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND v.superseded_at IS NULL
      AND v.role = 'performance' AND v.segment = '{}' AND v.status <> 'UNKNOWN'
    QUALIFY count(DISTINCT v.estimated) OVER (PARTITION BY v.model_key, v.window_index) = 2
),
blind AS (
    SELECT model_key FROM told
    WHERE (model_key, window_index) IN (SELECT model_key, max(window_index) FROM told GROUP BY model_key)
    GROUP BY model_key
    HAVING bool_or(NOT estimated AND status = 'FAIL') AND bool_or(estimated AND status <> 'FAIL')
),
newest AS (
    SELECT * FROM lead_metric WHERE NOT (estimated AND model_key IN (FROM blind))
    QUALIFY row_number() OVER (PARTITION BY model_key ORDER BY window_index DESC) = 1
),
recent AS (
    SELECT model_key, list(value ORDER BY window_index) AS sparkline FROM (
        SELECT model_key, window_index, value FROM lead_metric
        QUALIFY row_number() OVER (PARTITION BY model_key ORDER BY window_index DESC) <= 30
    ) GROUP BY model_key
),
ratios AS (
    SELECT model_key, min(value) AS ratio, arg_min(feature, value) AS attribute FROM measured
    WHERE metric = 'demographic_parity_ratio' AND (model_key, window_index) IN (
        SELECT model_key, max(window_index) FROM measured WHERE metric = 'demographic_parity_ratio' GROUP BY model_key)
    GROUP BY model_key
),
p95 AS (
    SELECT model_key, arg_max(value, window_index) AS value FROM measured WHERE metric = 'latency_p95'
    GROUP BY model_key
),
judged AS (
    SELECT v.*, v.rowid AS place FROM verdicts v
    LEFT JOIN chosen c ON c.model_key = v.model_key AND c.window_index = v.window_index
    WHERE v.model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND v.superseded_at IS NULL AND v.window_closed
      AND (c.version IS NULL OR c.version = v.version)
),
last AS (
    SELECT model_key, max(window_index) AS window_index FROM judged WHERE status <> 'UNKNOWN' GROUP BY model_key
),
now_judged AS (SELECT judged.* FROM judged JOIN last USING (model_key, window_index)),
moving AS (
    SELECT model_key, coalesce(feature, role) AS feature, role, status, value / nullif(limit_high, 0) AS ratio
    FROM now_judged
    WHERE list_contains($drift_metrics, metric) AND role IN ('feature', 'score', 'prediction', 'label')
      AND segment = '{}'
),
-- How much the output hangs on each feature: by the attributions logged in the last window, else by the reference.
logged AS (
    SELECT m.model_key, m.feature, m.value FROM measurements m
    JOIN newest_window c USING (model_key)
    JOIN chosen o ON o.model_key = m.model_key AND o.window_index = c.window_index AND o.version = m.version
    WHERE m.model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND m.superseded_at IS NULL
      AND m.metric = 'attribution_importance' AND m.segment = '{}' AND m.value > 0 AND m.window_index = c.window_index
),
weights AS (
    SELECT model_key, feature, value / sum(value) OVER (PARTITION BY model_key) AS weight FROM logged
    UNION ALL
    SELECT model_key, feature, importance FROM importance
    WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND model_key NOT IN (SELECT model_key FROM logged)
),
heaviest AS (SELECT model_key, max(weight) AS weight FROM weights GROUP BY model_key),
-- As the Drift page ranks: the verdict, then drift × importance; outputs count as the feature that counts most.
worst AS (
    SELECT m.model_key, m.feature, m.ratio
    FROM moving m
    LEFT JOIN weights w ON w.model_key = m.model_key AND w.feature = m.feature AND m.role = 'feature'
    LEFT JOIN heaviest h ON h.model_key = m.model_key
    QUALIFY row_number() OVER (
        PARTITION BY m.model_key
        ORDER BY CASE m.status WHEN 'FAIL' THEN 3 WHEN 'WARN' THEN 2 WHEN 'PASS' THEN 1 ELSE 0 END DESC,
                 coalesce(m.ratio, 0) * coalesce(w.weight, h.weight, 1) DESC,
                 coalesce(m.ratio, 0) DESC, m.feature DESC) = 1
),
drifts AS (SELECT * FROM judged WHERE list_contains($drift_metrics, metric) AND segment = '{}'),
passed AS (
    SELECT model_key, role, feature, max(window_index) AS window_index FROM drifts WHERE status = 'PASS'
    GROUP BY model_key, role, feature
),
since AS (
    SELECT v.model_key, coalesce(v.feature, v.role) AS feature, min(v.window_start) AS began
    FROM drifts v
    LEFT JOIN passed p
           ON p.model_key = v.model_key AND p.role = v.role AND p.feature IS NOT DISTINCT FROM v.feature
    WHERE v.status = 'FAIL' AND v.window_index > coalesce(p.window_index, -1)
    GROUP BY v.model_key, coalesce(v.feature, v.role)
),
fallen AS (
    SELECT m.model_key, list(m.feature ORDER BY m.feature) AS features, list(s.began ORDER BY m.feature) AS began
    FROM moving m LEFT JOIN since s USING (model_key, feature) WHERE m.status = 'FAIL' GROUP BY m.model_key
),
traffic AS (
    SELECT c.model_key,
           sum(c.n_rows) * 86400.0 / nullif(epoch(max(c.window_end)) - epoch(min(c.window_start)), 0) AS a_day
    FROM chosen c JOIN newest_window l USING (model_key)
    WHERE c.window_end > l.window_end - INTERVAL 7 DAY OR c.window_index = l.window_index
    GROUP BY c.model_key
),
tally AS (
    SELECT model_key, any_value(window_start) AS judged_start, any_value(window_end) AS judged_end,
           count(*) FILTER (status = 'PASS') AS n_passed, count(*) FILTER (status = 'WARN') AS n_warned,
           count(*) FILTER (status = 'FAIL') AS n_failed, count(*) FILTER (status = 'UNKNOWN') AS n_unknown,
           -- Of several that are equally bad the one that was put on record first.
           arg_min(sentence, ROW(status = 'WARN', place)) FILTER (status IN ('FAIL', 'WARN')) AS worst_warning
    FROM now_judged GROUP BY model_key
),
known AS (SELECT model_key, mode(reason) AS reason, max(judged_at) AS judged_at FROM judged GROUP BY model_key)
SELECT
    a.model_key, a.registry, a.model, a.task, a.owner, a.unit, a.kind, a.risk,
    newest_window.version,
    newest.metric, newest.unit AS metric_unit, newest.value, newest.low, newest.high, newest.n, newest.estimated,
    newest.window_start, newest.window_end,
    recent.sparkline,
    worst.ratio AS drift,
    worst.feature AS drift_feature,
    fallen.features AS drifting,
    fallen.began AS drifting_since,
    ratios.ratio AS fairness_ratio,
    ratios.attribute AS fairness_by,
    p95.value AS p95_ms,
    traffic.a_day AS rows_a_day,
    last.window_index AS judged_index,
    tally.judged_start, tally.judged_end,
    coalesce(tally.n_passed, 0) AS n_passed,
    coalesce(tally.n_warned, 0) AS n_warned,
    coalesce(tally.n_failed, 0) AS n_failed,
    coalesce(tally.n_unknown, 0) AS n_unknown,
    CASE WHEN last.window_index IS NULL THEN coalesce(known.reason, 'no closed window yet') END AS unknown_reason,
    tally.worst_warning,
    known.judged_at
FROM asked a
LEFT JOIN newest_window USING (model_key)
LEFT JOIN newest USING (model_key)
LEFT JOIN recent USING (model_key)
LEFT JOIN worst USING (model_key)
LEFT JOIN fallen USING (model_key)
LEFT JOIN ratios USING (model_key)
LEFT JOIN p95 USING (model_key)
LEFT JOIN traffic USING (model_key)
LEFT JOIN last USING (model_key)
LEFT JOIN tally USING (model_key)
LEFT JOIN known USING (model_key)
