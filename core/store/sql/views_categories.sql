-- Question:   how is one categorical column distributed in some windows and reference profiles?
-- Parameters: model_key; physical; indexes (list: of windows, or 0 the whole reference, -k … -1 its own windows).
-- Result:     is_reference, version, window_index, n, n_null, n_nonfinite, counts, n_other, new_categories, new_counts.
-- Grain:      one profile, in no order: windows and references of one number, and of all versions.
SELECT is_reference, version, window_index, n, n_null, 0 AS n_nonfinite, counts, n_other, new_categories, new_counts
FROM profile_categorical
WHERE model_key = $model_key AND segment = 0 AND physical = $physical
  AND list_contains($indexes::BIGINT[], window_index)
