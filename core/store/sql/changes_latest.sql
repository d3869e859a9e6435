-- Question:   what explains the change of one window from the reference, or of the last one explained?
-- Parameters: model_key; window_index or NULL for the last one; version or NULL for any.
-- Result:     window_index, version, metric, estimated, document (JSON), recorded_at (naive UTC).
-- Grain:      at most one row: measured before estimated.
SELECT window_index, version, metric, estimated, document, recorded_at
FROM changes
WHERE model_key = $model_key AND superseded_at IS NULL
  AND ($window_index IS NULL OR window_index = $window_index)
  AND ($version IS NULL OR version = $version)
ORDER BY window_index DESC, estimated, recorded_at DESC
LIMIT 1
