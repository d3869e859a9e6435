-- Question:   what explains the change of one window from the reference?
-- Parameters: model_key; window_index; version or NULL for any.
-- Result:     version, estimated, recorded_at (naive UTC), document (JSON).
-- Grain:      one current explanation, in no order.
SELECT version, estimated, recorded_at, document
FROM changes
WHERE model_key = $model_key AND superseded_at IS NULL AND window_index = $window_index
  AND ($version IS NULL OR version = $version)
