-- Question:   how is one column distributed in one window, and how was it in the reference?
-- Parameters: model_key; role; name, or NULL for the role's first column; version; window_index.
-- Result:     is_reference, name, edges (numeric) or categories, n, n_null, n_nonfinite, counts, n_other,
--             new_categories, new_counts.
-- Grain:      at most two rows: the reference first, then the window.
WITH wanted AS (
    SELECT * FROM profile_columns
    WHERE model_key = $model_key AND role = $role AND ($name IS NULL OR name = $name)
    ORDER BY position LIMIT 1
),
counted AS (
    SELECT is_reference, window_index, version, physical, n, n_null, n_nonfinite, counts,
           NULL AS n_other, NULL AS new_categories, NULL AS new_counts
    FROM profile_numeric WHERE model_key = $model_key AND segment = 0
    UNION ALL BY NAME
    SELECT is_reference, window_index, version, physical, n, n_null, 0 AS n_nonfinite, counts,
           n_other, new_categories, new_counts
    FROM profile_categorical WHERE model_key = $model_key AND segment = 0
)
SELECT c.is_reference, w.name, w.edges, w.categories, c.n, c.n_null, c.n_nonfinite, c.counts, c.n_other,
       c.new_categories, c.new_counts
FROM wanted w JOIN counted c USING (physical)
WHERE (c.is_reference AND c.window_index = 0)
   OR (NOT c.is_reference AND c.window_index = $window_index AND c.version = $version)
QUALIFY row_number() OVER (PARTITION BY c.is_reference ORDER BY c.n DESC) = 1
ORDER BY c.is_reference DESC
