-- Question:   which monitored models are there, and which of their columns drift now?
-- Parameters: none.
-- Result:     model, drifting (columns that fail in the last judged window), drifting_since (naive UTC).
-- Grain:      one monitored model, the one with most drift first.
SELECT model, drifting, drifting_since
FROM model_facts
ORDER BY coalesce(len(drifting), 0) > 0 DESC, drift DESC NULLS LAST, model
