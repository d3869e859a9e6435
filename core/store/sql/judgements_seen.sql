-- Question:   of which windows of some models is there a verdict, and in which did they have rows?
-- Parameters: model_keys (list).
-- Result:     model_key; version; lists of window indexes (-1 for a window without one): all, and those with rows; list of
--             the features that were judged in some window.
-- Grain:      one model version.
SELECT model_key, version, list(DISTINCT coalesce(window_index, -1)) AS judged,
       coalesce(list(DISTINCT window_index) FILTER (n > 0 AND window_index >= 0), []) AS busy,
       coalesce(list(DISTINCT feature)
           FILTER (role = 'feature' AND status <> 'UNKNOWN' AND feature IS NOT NULL), []) AS features
FROM verdicts
WHERE model_key IN (SELECT unnest($model_keys::VARCHAR[])) AND superseded_at IS NULL
GROUP BY model_key, version
