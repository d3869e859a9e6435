-- Question:   which versions do the mirrored models have?
-- Parameters: registry (short name), model: each NULL for any.
-- Result:     registry, model, version, run_id, tags (JSON), created_at.
-- Grain:      one version, in no order.
SELECT registry, model, version, run_id, tags, created_at
FROM registry_versions
WHERE ($registry IS NULL OR registry = $registry) AND ($model IS NULL OR model = $model)
