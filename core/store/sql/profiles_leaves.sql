-- Question:   how many rows ended in each leaf of the reference's trees, and how did the model err there?
-- Parameters: model_key, is_reference; indexes (list of window indexes, or NULL for all).
-- Result:     window_index, version, segment (its number), tree, leaf, n (rows), n_labelled (rows with an error), sums of |error|,
--             error², error⁴.
-- Grain:      one leaf of one tree in a window, model version and segment.
SELECT window_index, version, segment, tree, leaf, n, n_labelled, error_absolute, error_squares, error_fourths
FROM profile_leaves
WHERE model_key = $model_key AND is_reference = $is_reference
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
ORDER BY window_index, version, segment, tree, leaf
