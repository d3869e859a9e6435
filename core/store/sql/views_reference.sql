-- Question:   what is a model compared with, how far has it been judged, and how long are its windows?
-- Parameters: model_key.
-- Result:     reference_start, reference_end, n_rows, n_windows of the reference (NULL where none is pinned);
--             judged_at, last_end (end of the last closed window), typical_s (median length, seconds), all UTC.
-- Grain:      one row.
SELECT any_value(r.reference_start) AS reference_start, any_value(r.reference_end) AS reference_end,
       sum(p.n) FILTER (p.is_reference AND p.window_index = 0 AND p.segment = 0) AS n_rows,
       count(DISTINCT p.window_index) FILTER (p.is_reference AND p.window_index < 0) AS n_windows,
       any_value(s.judged_at) AS judged_at,
       max(p.window_end) FILTER (NOT p.is_reference AND p.closed) AS last_end,
       median(epoch(p.window_end) - epoch(p.window_start)) FILTER (NOT p.is_reference AND p.closed) AS typical_s
FROM (SELECT $model_key AS model_key) m
LEFT JOIN reference_pins r USING (model_key)
LEFT JOIN model_state s USING (model_key)
LEFT JOIN (FROM profiles WHERE model_key = $model_key) p USING (model_key)
