-- Question:   which verdicts are current, of one model or with certain identities?
-- Parameters: model_key or NULL for all; identities (list) or NULL for all; segment (JSON) or NULL for any;
--             since (naive UTC) or NULL, compared with the window's end; statuses (list) or NULL for any.
-- Result:     model_key, the verdict's columns, recorded_at, superseded_at (NULL), in window order.
-- Grain:      one current verdict.
SELECT model_key, identity, model, version, metric, role, feature, segment, window_index, window_start, window_end,
       window_closed, n, value, low, high, unit, method, estimated, n_reference, p_value, baseline,
       measurement_reason,
       status, rule, limit_low, limit_high, reason, sentence, policy_digest, judged_at, recorded_at, superseded_at
FROM verdicts
WHERE superseded_at IS NULL
  AND ($model_key IS NULL OR model_key = $model_key)
  AND ($identities IS NULL OR list_contains($identities::VARCHAR[], identity))
  AND ($segment IS NULL OR segment = $segment)
  AND ($since IS NULL OR window_end >= $since)
  AND ($statuses IS NULL OR list_contains($statuses::VARCHAR[], status))
ORDER BY window_index, version, role, metric, feature, segment, estimated
