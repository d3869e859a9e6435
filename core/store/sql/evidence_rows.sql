-- Question:   how many rows of one model were counted, how many of them have labels, and when was it last judged?
-- Parameters: model_key.
-- Result:     n_rows, n_labelled, judged_at (naive UTC; NULL where it was never judged).
-- Grain:      one row.
SELECT coalesce(sum(n), 0) AS n_rows, coalesce(sum(n_labelled), 0) AS n_labelled,
       (SELECT max(judged_at) FROM model_state WHERE model_key = $model_key) AS judged_at
FROM profiles
WHERE model_key = $model_key AND NOT is_reference AND segment = 0
