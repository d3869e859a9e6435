-- Question:   how is one numeric column distributed in some windows and reference profiles?
-- Parameters: model_key; physical; indexes (list: of windows, or 0 the whole reference, -k … -1 its own windows).
-- Result:     is_reference, version, window_index, n, n_null, n_nonfinite, counts.
-- Grain:      one profile, in no order: windows and references of one number, and of all versions.
SELECT is_reference, version, window_index, n, n_null, n_nonfinite, counts
FROM profile_numeric
WHERE model_key = $model_key AND segment = 0 AND physical = $physical
  AND list_contains($indexes::BIGINT[], window_index)
