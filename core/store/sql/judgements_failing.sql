-- Question:   which judged verdicts are current of everything of some models that failed in some window, or warned
--             for a reason that ends with unsure?
-- Parameters: model_keys (list), unsure.
-- Result:     model_key, the verdict's columns, recorded_at, superseded_at (NULL), in window order.
-- Grain:      one current verdict.
WITH failing AS (
    SELECT DISTINCT model_key, version, role, feature, segment, estimated FROM verdicts
    WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND superseded_at IS NULL AND (status = 'FAIL' OR status = 'WARN' AND ends_with(reason, $unsure))
)
SELECT model_key, identity, model, version, metric, role, feature, segment, window_index, window_start, window_end,
       window_closed, n, value, low, high, unit, method, estimated, n_reference, p_value, baseline,
       measurement_reason,
       status, rule, limit_low, limit_high, reason, sentence, policy_digest, judged_at, recorded_at, superseded_at
FROM verdicts v
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND superseded_at IS NULL AND status <> 'UNKNOWN'
  AND EXISTS (
      FROM failing f
      WHERE f.model_key = v.model_key AND f.version = v.version AND f.role = v.role AND f.feature IS NOT DISTINCT FROM v.feature
        AND f.segment = v.segment AND f.estimated = v.estimated)
ORDER BY model_key, window_index, version, role, metric, feature, segment, estimated
