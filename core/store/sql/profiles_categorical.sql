-- Question:   how often does each category occur?
-- Parameters: model_keys (list), is_reference; indexes (list of window indexes, or NULL for all), first, last of them.
-- Result:     model_key, window_index, version, segment, role, name, n, n_null, n_other (rows whose category the reference
--             lacks), counts (rows per category of the reference), new_categories, new_counts (the
--             commonest of n_other).
-- Grain:      one column of one window, model version and segment, columns in the spec's order.
SELECT p.model_key, p.window_index, p.version, p.segment, c.role, c.name, p.n, p.n_null, p.n_other,
       p.counts, p.new_categories, p.new_counts
FROM profile_categorical p
JOIN profile_columns c ON c.model_key = p.model_key AND c.physical = p.physical
WHERE p.model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND p.is_reference = $is_reference
  AND p.window_index BETWEEN $first AND $last
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], p.window_index))
ORDER BY p.model_key, p.window_index, p.version, p.segment, c.position
