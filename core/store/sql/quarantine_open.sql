-- Question:   which rows of a model wait in quarantine?
-- Parameters: key; limit.
-- Result:     id, kind, received_at (naive UTC), field, reason, remedy, content (JSON), oldest first.
-- Grain:      one unusable row.
SELECT id, kind, received_at, field, reason, remedy, content
FROM quarantine
WHERE model_key = $key AND resolved_at IS NULL
ORDER BY received_at, batch_id, line
LIMIT $limit
