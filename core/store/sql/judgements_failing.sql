-- Question:   which judged verdicts are current of everything of a model that failed in some window, or warned
--             for a reason that ends with unsure?
-- Parameters: model_key, unsure.
-- Result:     the verdict's columns, recorded_at, superseded_at (NULL), in window order.
-- Grain:      one current verdict.
WITH failing AS (
    SELECT DISTINCT version, role, feature, segment, estimated FROM verdicts
    WHERE model_key = $model_key AND superseded_at IS NULL AND (status = 'FAIL' OR status = 'WARN' AND ends_with(reason, $unsure))
)
SELECT identity, model, version, metric, role, feature, segment, window_index, window_start, window_end,
       window_closed, n, value, low, high, unit, method, estimated, n_reference, p_value, baseline,
       measurement_reason,
       status, rule, limit_low, limit_high, reason, sentence, policy_digest, judged_at, recorded_at, superseded_at
FROM verdicts v
WHERE model_key = $model_key AND superseded_at IS NULL AND status <> 'UNKNOWN'
  AND EXISTS (
      FROM failing f
      WHERE f.version = v.version AND f.role = v.role AND f.feature IS NOT DISTINCT FROM v.feature
        AND f.segment = v.segment AND f.estimated = v.estimated)
ORDER BY window_index, version, role, metric, feature, segment, estimated
