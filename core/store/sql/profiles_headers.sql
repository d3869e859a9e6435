-- Question:   which profiles are there, of which windows and versions, over how many rows?
-- Parameters: model_key, is_reference; indexes (list of window indexes, or NULL for all).
-- Result:     window_index, version, segment, window_start, window_end (naive UTC), closed, n, n_labelled, n_errors.
-- Grain:      one window, model version and segment, in that order.
SELECT window_index, version, segment, window_start, window_end, closed, n, n_labelled, n_errors
FROM profiles
WHERE model_key = $model_key AND is_reference = $is_reference
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
ORDER BY window_index, version, segment
