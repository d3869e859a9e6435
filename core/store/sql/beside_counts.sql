-- Question:   which rows of each window can never be labelled, and which were refused?
-- Parameters: model_keys (list), is_reference; indexes (list of window indexes, or NULL for all), first, last of them.
-- Result:     model_key, window_index, version, segment, kind, field, n (rows).
-- Grain:      one kind and field of a profile.
SELECT model_key, window_index, version, segment, kind, field, n
FROM profile_beside
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND is_reference = $is_reference
  AND window_index BETWEEN $first AND $last
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
