-- Question:   on which edges and categories are a model's columns counted?
-- Parameters: model_key.
-- Result:     name, edges (list or NULL), categories (list or NULL).
-- Grain:      one column, in the spec's order.
SELECT name, edges, categories
FROM profile_columns
WHERE model_key = $model_key
ORDER BY position
