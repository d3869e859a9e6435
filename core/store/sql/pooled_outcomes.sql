-- Question:   what was predicted and what came true over several windows together?
-- Parameters: model_key; indexes (list of window indexes); version, or NULL for all; binned (false: the score
--             does not matter); by_window (false: all windows are one, numbered 0).
-- Result:     window_index, groups (JSON list of sensitive values in the spec's order), label, prediction, score_bin
--             (−1 without a score, or where not binned), n, n_labelled (rows), sums of score, score², error, |error|,
--             error², label, |label|, label².
-- Grain:      one combination of groups, label, prediction and score bin, in a window where asked for.
SELECT if($by_window, window_index, 0) AS window_index, to_json(groups)::VARCHAR AS groups, label, prediction,
       if($binned, score_bin, -1) AS score_bin, sum(n)::BIGINT AS n, sum(n_labelled)::BIGINT AS n_labelled,
       sum(score_total) AS score_total, sum(score_squares) AS score_squares,
       sum(error_total) AS error_total, sum(error_absolute) AS error_absolute, sum(error_squares) AS error_squares,
       sum(label_total) AS label_total, sum(label_absolute) AS label_absolute, sum(label_squares) AS label_squares
FROM profile_outcomes
WHERE model_key = $model_key AND NOT is_reference AND segment = 0
  AND list_contains($indexes::INTEGER[], window_index) AND ($version IS NULL OR version = $version)
GROUP BY ALL
ORDER BY 1, 5, 3 NULLS FIRST, 4 NULLS FIRST, 2
