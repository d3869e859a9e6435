-- Question:   none: marks everything that has arrived for a model as counted, and windows as not yet judged.
-- Parameters: model_key; indexes (list of window indexes).
-- Result:     model_state changed.
-- Grain:      one model.
UPDATE model_state
SET counted_arrival = arrival,
    unjudged = list_sort(list_distinct(list_concat(coalesce(unjudged, []), $indexes::INTEGER[])))
WHERE model_key = $model_key
