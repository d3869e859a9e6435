-- Question:   none: marks everything that is counted of some models as judged, and against what.
-- Parameters: judged_at (naive UTC); lists of equal length: model_keys, reference_digests, policy_digests.
-- Result:     model_state changed.
-- Grain:      one model.
UPDATE model_state
SET judged_arrival = coalesce(counted_arrival, arrival), unjudged = NULL, judged_at = $judged_at,
    reference_digest = told.reference_digest, policy_digest = told.policy_digest
FROM (
    SELECT unnest($model_keys::VARCHAR[]) AS model_key, unnest($reference_digests::VARCHAR[]) AS reference_digest,
           unnest($policy_digests::VARCHAR[]) AS policy_digest
) told
WHERE model_state.model_key = told.model_key
