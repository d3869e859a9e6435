-- Question:   which models does the mirror hold?
-- Parameters: registry (short name), model: each NULL for any.
-- Result:     registry, model, tags (JSON), created_at, first_seen_at.
-- Grain:      one registered model, in no order.
SELECT registry, model, tags, created_at, first_seen_at
FROM registry_models
WHERE ($registry IS NULL OR registry = $registry) AND ($model IS NULL OR model = $model)
