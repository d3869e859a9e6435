-- Question:   what was predicted, and what came true?
-- Parameters: model_keys (list), is_reference; indexes (list of window indexes, or NULL for all), first, last of them.
-- Result:     model_key, window_index, version, segment, groups (JSON list of sensitive values in the spec's order), label, prediction,
--             score_bin, n, n_labelled (rows), sums of score, score², error, |error|, error², label,
--             |label|, label².
-- Grain:      one combination of groups, label, prediction and score bin in a window, version and segment.
SELECT model_key, window_index, version, segment, to_json(groups)::VARCHAR AS groups, label, prediction, score_bin, n, n_labelled, score_total,
       score_squares, error_total, error_absolute, error_squares, label_total, label_absolute, label_squares
FROM profile_outcomes
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND is_reference = $is_reference
  AND window_index BETWEEN $first AND $last
  AND ($indexes IS NULL OR list_contains($indexes::INTEGER[], window_index))
ORDER BY model_key, window_index, version, segment, score_bin, label NULLS FIRST, prediction NULLS FIRST, 5
