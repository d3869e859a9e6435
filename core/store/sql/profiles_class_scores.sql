-- Question:   how was every class scored, and did it come true?
-- Parameters: model_keys (list), is_reference; indexes (list of window indexes, or NULL for all), first, last of them.
-- Result:     model_key, window_index, version, segment, scored (the class), score_bin, is_label, prediction, n (rows), sums of
--             score, score², and of the whole row's Brier score and log loss and their squares.
-- Grain:      one class, score bin, outcome and prediction in a window, version and segment.
SELECT model_key, window_index, version, segment, class AS scored, score_bin, is_label, prediction, n, score_total, score_squares,
       brier_total, brier_squares, log_total, log_squares
FROM profile_class_scores
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND is_reference = $is_reference
  AND window_index BETWEEN $first AND $last
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
ORDER BY model_key, window_index, version, segment, class, score_bin, is_label NULLS FIRST, prediction NULLS FIRST
