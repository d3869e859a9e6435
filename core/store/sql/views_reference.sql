-- Question:   what is a model compared with, how far has it been judged, and how long are its windows?
-- Parameters: model_key.
-- Result:     reference_start, reference_end, n_rows, n_windows of the reference (NULL where none is pinned);
--             judged_at, last_end (end of the last closed window), typical_s (median length, seconds), all UTC.
-- Grain:      one row.
SELECT
    (SELECT reference_start FROM reference_pins WHERE model_key = $model_key) AS reference_start,
    (SELECT reference_end FROM reference_pins WHERE model_key = $model_key) AS reference_end,
    (SELECT sum(n) FROM profiles
     WHERE model_key = $model_key AND is_reference AND window_index = 0
     AND segment = 0) AS n_rows,
    (SELECT count(DISTINCT window_index) FROM profiles
     WHERE model_key = $model_key AND is_reference AND window_index < 0) AS n_windows,
    (SELECT judged_at FROM model_state WHERE model_key = $model_key) AS judged_at,
    (SELECT max(window_end) FROM profiles
     WHERE model_key = $model_key AND NOT is_reference AND closed) AS last_end,
    (SELECT median(epoch(window_end) - epoch(window_start)) FROM profiles
     WHERE model_key = $model_key AND NOT is_reference AND closed) AS typical_s
