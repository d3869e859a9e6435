-- Question:   none: puts on record what is gone of a model's rows.
-- Parameters: model_key; before (naive UTC or NULL), n_windowed, n_rows (rows), cut; now (naive UTC).
-- Result:     the model's row of pruned added or replaced.
-- Grain:      one model.
MERGE INTO pruned
USING (SELECT $model_key::VARCHAR AS model_key) AS given
ON pruned.model_key = given.model_key
WHEN MATCHED THEN UPDATE SET pruned_before = $before, n_windowed = $n_windowed, n_rows = $n_rows, cut = $cut,
                             pruned_at = $now
WHEN NOT MATCHED THEN INSERT (model_key, pruned_before, n_windowed, n_rows, cut, pruned_at)
    VALUES (given.model_key, $before, $n_windowed, $n_rows, $cut, $now)
