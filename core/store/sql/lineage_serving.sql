-- Question:   which versions of which models carried rows, how many, and until when?
-- Parameters: none.
-- Result:     model_key, version, n_rows, last_end (naive UTC).
-- Grain:      one version of a monitored model.
SELECT model_key, version, sum(n)::BIGINT AS n_rows, max(window_end) AS last_end
FROM measurements
WHERE superseded_at IS NULL AND metric = 'row_count' AND segment = '{}' AND window_index >= 0 AND n > 0
GROUP BY model_key, version
ORDER BY model_key, version
