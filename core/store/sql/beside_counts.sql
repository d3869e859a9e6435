-- Question:   which rows of each window can never be labelled, and which were refused?
-- Parameters: model_key, is_reference; indexes (list of window indexes, or NULL for all).
-- Result:     window_index, version, segment, kind, field, n (rows).
-- Grain:      one kind and field of a profile.
SELECT window_index, version, segment, kind, field, n
FROM profile_beside
WHERE model_key = $model_key AND is_reference = $is_reference
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
