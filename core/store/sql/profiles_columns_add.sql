-- Question:   none: adds what a model's columns are called and how they are counted.
-- Parameters: model_key; lists of equal length: physicals, roles, names, positions, edges (a list or
--             NULL each), categories (a list or NULL each).
-- Result:     rows added to profile_columns.
-- Grain:      one physical column.
INSERT INTO profile_columns BY NAME
SELECT
    $model_key::VARCHAR AS model_key,
    unnest($physicals::VARCHAR[]) AS physical,
    unnest($roles::VARCHAR[]) AS role,
    unnest($names::VARCHAR[]) AS name,
    unnest($positions::INTEGER[]) AS position,
    unnest($edges::DOUBLE[][]) AS edges,
    unnest($categories::VARCHAR[][]) AS categories
