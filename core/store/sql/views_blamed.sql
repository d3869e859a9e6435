-- Question:   which failures between groups of people stand behind incidents?
-- Parameters: identities (list: of verdicts).
-- Result:     identity, model, metric, feature (of a gap: the sensitive column), segment (JSON, of a group's rate),
--             window_index.
-- Grain:      one current failure, the latest window first, there the one that lies farthest off its limit.
SELECT identity, model, metric, feature, segment, window_index
FROM verdicts
WHERE superseded_at IS NULL AND role = 'fairness' AND status = 'FAIL'
  AND list_contains($identities::VARCHAR[], identity)
ORDER BY window_index DESC, greatest(value - limit_high, limit_low - value) DESC NULLS LAST, identity
