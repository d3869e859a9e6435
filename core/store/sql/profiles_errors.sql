-- Question:   which sums of errors do the intervals of a regression model need?
-- Parameters: model_keys (list), is_reference; indexes (list of window indexes, or NULL for all), first, last of them.
-- Result:     model_key, window_index, version, segment (its number) and the fields of core.cells.ErrorMoments.
-- Grain:      one window, model version and segment.
SELECT model_key, window_index, version, segment, centre, n, n_ratio, ratio_total, ratio_squares, error_squares, error_fourths,
       distance_total, distance_squares, distance_cubes, distance_fourths,
       error_squares_distance, error_squares_distance_squares
FROM profile_errors
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND is_reference = $is_reference
  AND window_index BETWEEN $first AND $last
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
ORDER BY model_key, window_index, version, segment
