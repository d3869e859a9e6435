-- Question:   none: marks everything that has arrived for a model as judged, and against what.
-- Parameters: model_key; reference_digest, policy_digest; judged_at (naive UTC).
-- Result:     model_state changed.
-- Grain:      one model.
UPDATE model_state
SET judged_arrival = arrival, reference_digest = $reference_digest, policy_digest = $policy_digest,
    judged_at = $judged_at
WHERE model_key = $model_key
