-- Question:   how many models of each unit and kind are in which state?
-- Parameters: troubled and critical (lists, paired: models with unresolved incidents, and whether one of
--             them is critical).
-- Result:     unit, kind (NULL where not monitored or not said), status, n_models, n_monitored, n_judged,
--             judged_at (latest).
-- Grain:      one unit, kind and status.
WITH trouble AS (
    SELECT unnest($troubled::VARCHAR[]) AS model, unnest($critical::BOOLEAN[]) AS is_critical
)
SELECT f.unit, f.kind,
       CASE WHEN t.is_critical THEN 'critical' WHEN t.model IS NOT NULL THEN 'watch'
            WHEN f.judged_index IS NULL THEN 'unknown' ELSE 'healthy' END AS status,
       count(*) AS n_models, count(f.model_key) AS n_monitored, count(f.judged_index) AS n_judged,
       max(f.judged_at) AS judged_at
FROM model_facts f
FULL JOIN registry_fleet r ON r.registry = f.registry AND r.name = f.model
LEFT JOIN trouble t ON t.model = f.model
GROUP BY ALL
