-- Question:   none: keeps outcomes that were counted elsewhere.
-- Parameters: model_key; lists of equal length: indexes, versions, groups (values of the sensitive columns),
--             labels, predictions, score_bins, n, n_labelled (rows), score_total, score_squares, error_total,
--             error_absolute, error_squares, label_total, label_absolute, label_squares (sums).
-- Result:     rows added to profile_outcomes.
-- Grain:      one combination of groups, label, prediction and score bin in a current window and version.
INSERT INTO profile_outcomes BY NAME
SELECT
    $model_key::VARCHAR AS model_key,
    false AS is_reference,
    unnest($indexes::INTEGER[]) AS window_index,
    unnest($versions::VARCHAR[]) AS version,
    unnest($groups::VARCHAR[][]) AS groups,
    unnest($labels::VARCHAR[]) AS label,
    unnest($predictions::VARCHAR[]) AS prediction,
    unnest($score_bins::INTEGER[]) AS score_bin,
    unnest($n::BIGINT[]) AS n,
    unnest($n_labelled::BIGINT[]) AS n_with_label,
    unnest($n_labelled::BIGINT[]) AS n_labelled,
    unnest($score_total::DOUBLE[]) AS score_total,
    unnest($score_squares::DOUBLE[]) AS score_squares,
    unnest($error_total::DOUBLE[]) AS error_total,
    unnest($error_absolute::DOUBLE[]) AS error_absolute,
    unnest($error_squares::DOUBLE[]) AS error_squares,
    unnest($label_total::DOUBLE[]) AS label_total,
    unnest($label_absolute::DOUBLE[]) AS label_absolute,
    unnest($label_squares::DOUBLE[]) AS label_squares
