-- Question:   how many rows of each window have a label?
-- Parameters: model_key, is_reference.
-- Result:     window_index, version, segment (0: all rows), rows with a label.
-- Grain:      one window, model version and segment that has outcomes.
SELECT window_index, version, segment, sum(n_with_label)::BIGINT
FROM profile_outcomes
WHERE model_key = $model_key AND is_reference = $is_reference
GROUP BY window_index, version, segment
