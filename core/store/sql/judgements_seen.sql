-- Question:   of which windows of a model is there a verdict, and in which did it have rows?
-- Parameters: model_key.
-- Result:     version; lists of window indexes (-1 for a window without one): all, and those with rows; list of
--             the features that were judged in some window.
-- Grain:      one model version.
SELECT version, list(DISTINCT coalesce(window_index, -1)) AS judged,
       coalesce(list(DISTINCT window_index) FILTER (n > 0 AND window_index >= 0), []) AS busy,
       coalesce(list(DISTINCT feature)
           FILTER (role = 'feature' AND status <> 'UNKNOWN' AND feature IS NOT NULL), []) AS features
FROM verdicts
WHERE model_key = $model_key AND superseded_at IS NULL
GROUP BY version
