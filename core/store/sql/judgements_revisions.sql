-- Question:   what was judged of a model, and which of it was known when?
-- Parameters: model_key; segment (JSON) or NULL for any; since (naive UTC) or NULL, compared with the window's
--             end; statuses (list) or NULL for any; as_of (naive UTC): only what stood then; NULL for every
--             revision.
-- Result:     model_key, the verdict's columns, recorded_at, superseded_at (naive UTC, NULL while it stands), in window
--             order, the revisions of one verdict oldest first.
-- Grain:      one revision of one verdict.
SELECT model_key, identity, model, version, metric, role, feature, segment, window_index, window_start, window_end,
       window_closed, n, value, low, high, unit, method, estimated, n_reference, p_value, baseline,
       measurement_reason,
       status, rule, limit_low, limit_high, reason, sentence, policy_digest, judged_at, recorded_at, superseded_at
FROM verdicts
WHERE model_key = $model_key
  AND ($segment IS NULL OR segment = $segment)
  AND ($since IS NULL OR window_end >= $since)
  AND ($statuses IS NULL OR list_contains($statuses::VARCHAR[], status))
  AND ($as_of IS NULL OR (recorded_at <= $as_of AND (superseded_at IS NULL OR superseded_at > $as_of)))
ORDER BY window_index, version, role, metric, feature, segment, estimated, recorded_at
