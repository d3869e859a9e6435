-- Question:   which monitored models are there, those first that treat groups of people least alike?
-- Parameters: none.
-- Result:     model.
-- Grain:      one monitored model, the one with the least ratio between groups first.
SELECT model
FROM model_facts
ORDER BY fairness_ratio NULLS LAST, model
