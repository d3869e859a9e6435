-- Question:   how is one column distributed in one window, and how was it in what the window is compared with?
-- Parameters: model_key; role; name, or NULL for the role's first column; version; window_index; base_reference
--             (true: the base are reference profiles, else windows of the same version); base_indexes (list: 0
--             is the whole reference, -k … -1 are its own windows).
-- Result:     is_base, name, edges (numeric) or categories, n, n_null, n_nonfinite, counts, n_other,
--             new_categories, new_counts.
-- Grain:      one row a profile of the base, those first, and at most one for the window.
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
),
-- The version of a reference is that of its rows, whatever answers now.
placed AS (
    SELECT *, is_reference = $base_reference AND list_contains($base_indexes::BIGINT[], window_index)
           AND (is_reference OR version = $version) AS is_base,
           NOT is_reference AND window_index = $window_index AND version = $version AS is_window
    FROM counted
)
SELECT c.is_base, w.name, w.edges, w.categories, c.n, c.n_null, c.n_nonfinite, c.counts, c.n_other,
       c.new_categories, c.new_counts
FROM wanted w JOIN placed c USING (physical)
WHERE c.is_base OR c.is_window
QUALIFY row_number() OVER (PARTITION BY c.is_base, c.window_index ORDER BY c.n DESC) = 1
ORDER BY c.is_base DESC, c.window_index
