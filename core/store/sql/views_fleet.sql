-- Question:   which models are there, how is each, and which of them does a page show?
-- Parameters: troubled and critical (lists, paired: models with unresolved incidents, and whether one of
--             them is critical); search (lower case, with LIKE's wild cards, escaped by !), status, unit,
--             kind, each NULL for all; sorting (worst, name, rows, drift, judged); n_rows, n_skipped.
-- Result:     registry (short name), address, name, champion, challenger, model_key (NULL: not monitored),
--             status, kind … judged_at as in model_facts, n_matching (models that match, on every page).
-- Grain:      one registered or monitored model.
WITH trouble AS (
    SELECT unnest($troubled::VARCHAR[]) AS model, unnest($critical::BOOLEAN[]) AS is_critical
),
fleet AS (
    SELECT coalesce(f.registry, r.registry) AS registry, a.address, coalesce(f.model, r.name) AS name,
           r.champion, r.challenger, f.* EXCLUDE (registry, model),
           CASE WHEN t.is_critical THEN 'critical' WHEN t.model IS NOT NULL THEN 'watch'
                WHEN f.judged_index IS NULL THEN 'unknown' ELSE 'healthy' END AS status
    FROM model_facts f
    FULL JOIN registry_fleet r ON r.registry = f.registry AND r.name = f.model
    LEFT JOIN trouble t ON t.model = f.model
    LEFT JOIN registry_readings a ON a.registry = coalesce(f.registry, r.registry)
),
matching AS (
    SELECT * FROM fleet
    WHERE ($search IS NULL OR lower(concat_ws(' ', name, owner, unit, kind)) LIKE $search ESCAPE '!')
      AND ($status IS NULL OR status = $status) AND ($unit IS NULL OR unit = $unit)
      AND ($kind IS NULL OR kind = $kind)
)
-- Counted beside and not OVER (): DuckDB 1.5.5 now and then fails in a window over next to nothing.
SELECT registry, address, name, champion, challenger, model_key, status, owner, unit, kind, risk, version,
       metric, metric_unit, value, low, high, n, estimated, window_end, sparkline, drift, drift_feature,
       fairness_ratio, fairness_by, p95_ms, rows_a_day, judged_index, judged_start, judged_end,
       n_passed, n_warned, n_failed, unknown_reason, worst_warning, judged_at,
       (SELECT count(*) FROM matching) AS n_matching
FROM matching
ORDER BY
    CASE $sorting
        WHEN 'worst' THEN list_position(['critical', 'watch', 'healthy', 'unknown'], status)
        WHEN 'rows' THEN -rows_a_day
        WHEN 'drift' THEN -drift
        WHEN 'judged' THEN epoch(judged_at)
    END NULLS LAST,
    CASE WHEN $sorting = 'worst' THEN -coalesce(n_failed, 0) END,
    name, registry
LIMIT $n_rows OFFSET $n_skipped
