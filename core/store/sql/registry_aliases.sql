-- Question:   where do the aliases of the mirrored models point now, and since when has that been seen?
-- Parameters: registry (short name), model: each NULL for any.
-- Result:     registry, model, alias, version, first_seen_at.
-- Grain:      one alias, in no order.
SELECT registry, model, alias, version, first_seen_at
FROM registry_aliases
WHERE gone_at IS NULL AND ($registry IS NULL OR registry = $registry) AND ($model IS NULL OR model = $model)
