-- Question:   none: sets how many rows of profiles have a label, from their outcomes.
-- Parameters: model_key, is_reference; indexes (list of window indexes).
-- Result:     profiles changed.
-- Grain:      one window, model version and segment.
UPDATE profiles
SET n_labelled = found.n
FROM (
    SELECT p.window_index, p.version, p.segment, coalesce(sum(o.n_with_label), 0)::BIGINT AS n
    FROM profiles p LEFT JOIN profile_outcomes o USING (model_key, is_reference, window_index, version, segment)
    WHERE p.model_key = $model_key AND p.is_reference = $is_reference
      AND list_contains($indexes::INTEGER[], p.window_index)
    GROUP BY p.window_index, p.version, p.segment
) found
WHERE profiles.model_key = $model_key AND profiles.is_reference = $is_reference
  AND profiles.window_index = found.window_index AND profiles.version = found.version
  AND profiles.segment = found.segment
