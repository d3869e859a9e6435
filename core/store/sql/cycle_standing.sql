-- Question:   how far are some models counted and judged, and by which spec is which reference pinned?
-- Parameters: model_keys (list).
-- Result:     model_key; is_counted (all that arrived is in the profiles); spec_digest; reference_digest (NULL:
--             none is pinned); is_fitted (something was learnt from it); open_end (when the first open window
--             ends, naive UTC, or NULL).
-- Grain:      one model.
SELECT s.model_key, coalesce(s.counted_arrival = s.arrival, false) AS is_counted, s.spec_digest,
       p.digest AS reference_digest, f.model_key IS NOT NULL AS is_fitted, o.open_end
FROM model_state s
LEFT JOIN reference_pins p ON p.model_key = s.model_key
LEFT JOIN reference_fits f ON f.model_key = s.model_key
LEFT JOIN (
    SELECT model_key, min(window_end) AS open_end FROM profiles
    WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND NOT is_reference AND segment = 0 AND NOT closed
    GROUP BY model_key
) o ON o.model_key = s.model_key
WHERE s.model_key IN (SELECT unnest($model_keys::VARCHAR[]))
