-- Question:   which column of a model plays this role, and on what is it counted?
-- Parameters: model_key; role; name, or NULL for the role's first column.
-- Result:     physical, name, edges (numeric) or categories.
-- Grain:      at most one row.
SELECT physical, name, edges, categories FROM profile_columns
WHERE model_key = $model_key AND role = $role AND ($name IS NULL OR name = $name)
ORDER BY position LIMIT 1
