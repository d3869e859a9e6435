-- Question:   which columns of a model play this role, and on what is each counted?
-- Parameters: model_key; role; name, or NULL for all of the role.
-- Result:     position (of the role's columns), physical, name, edges (numeric) or categories.
-- Grain:      one column, in no order.
SELECT position, physical, name, edges, categories FROM profile_columns
WHERE model_key = $model_key AND role = $role AND ($name IS NULL OR name = $name)
