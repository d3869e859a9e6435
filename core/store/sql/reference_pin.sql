-- Question:   which reference is pinned for a model?
-- Parameters: model_key.
-- Result:     digest, pinned_at, reference_start, reference_end (naive UTC).
-- Grain:      one model, at most one row.
SELECT digest, pinned_at, reference_start, reference_end
FROM reference_pins
WHERE model_key = $model_key
