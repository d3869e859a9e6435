-- Question:   how many rows ended in each leaf of the reference's trees, and how did the model err there?
-- Parameters: model_keys (list), is_reference; indexes (list of window indexes, or NULL for all), first, last of them.
-- Result:     model_key, window_index, version, segment (its number), tree, leaf, n (rows), n_labelled (rows with an error), sums of |error|,
--             error², error⁴.
-- Grain:      one leaf of one tree in a window, model version and segment.
SELECT model_key, window_index, version, segment, tree, leaf, n, n_labelled, error_absolute, error_squares, error_fourths
FROM profile_leaves
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND is_reference = $is_reference
  AND window_index BETWEEN $first AND $last
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
ORDER BY model_key, window_index, version, segment, tree, leaf
