-- Question:   which models does the mirror hold, with their versions and current aliases?
-- Parameters: registry (short name), model: each NULL for any.
-- Result:     registry, address, model, tags (JSON), created_at, first_seen_at, aliases (list of alias,
--             version, first_seen_at), versions (list of version, run_id, tags, created_at), oldest first.
-- Grain:      one registered model, ordered by registry and name.
SELECT m.registry, r.address, m.model, m.tags, m.created_at, m.first_seen_at,
       coalesce(a.aliases, []) AS aliases, coalesce(v.versions, []) AS versions
FROM registry_models m
LEFT JOIN registry_readings r ON r.registry = m.registry
LEFT JOIN (
    SELECT registry, model, list((alias, version, first_seen_at) ORDER BY alias) AS aliases
    FROM registry_aliases
    WHERE gone_at IS NULL AND ($registry IS NULL OR registry = $registry) AND ($model IS NULL OR model = $model)
    GROUP BY ALL
) a ON a.registry = m.registry AND a.model = m.model
LEFT JOIN (
    SELECT registry, model,
           list((version, run_id, tags, created_at) ORDER BY try_cast(version AS BIGINT), version) AS versions
    FROM registry_versions
    WHERE ($registry IS NULL OR registry = $registry) AND ($model IS NULL OR model = $model)
    GROUP BY ALL
) v ON v.registry = m.registry AND v.model = m.model
WHERE ($registry IS NULL OR m.registry = $registry) AND ($model IS NULL OR m.model = $model)
ORDER BY m.registry, m.model
