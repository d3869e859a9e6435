-- Question:   which profiles are there, of which windows and versions, over how many rows?
-- Parameters: model_keys (list), is_reference; indexes (list of window indexes, or NULL for all), first, last of them.
-- Result:     model_key, window_index, version, segment, window_start, window_end (naive UTC), closed, n, n_labelled, n_errors.
-- Grain:      one window, model version and segment, in that order.
SELECT model_key, window_index, version, segment, window_start, window_end, closed, n, n_labelled, n_errors
FROM profiles
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND is_reference = $is_reference
  AND window_index BETWEEN $first AND $last
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
ORDER BY model_key, window_index, version, segment
