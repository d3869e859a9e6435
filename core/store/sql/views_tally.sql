-- Question:   how did a model's last judged window go?
-- Parameters: model_key.
-- Result:     rows_a_day; judged_index, judged_start, judged_end (naive UTC); n_passed, n_warned, n_failed;
--             unknown_reason; worst_warning; judged_at (naive UTC).
-- Grain:      one row; none for a model that is not monitored.
SELECT rows_a_day, judged_index, judged_start, judged_end, n_passed, n_warned, n_failed, unknown_reason,
       worst_warning, judged_at
FROM model_facts WHERE model_key = $model_key
