-- Question:   how is one categorical column distributed in one window, and how was it in what the window is compared with?
-- Parameters: model_key; physical; version; window_index; base_reference (true: the base are reference profiles,
--             else windows of the same version); base_indexes (list: 0 is the whole reference, -k … -1 are its own
--             windows).
-- Result:     is_base, n, n_null, n_nonfinite, counts, n_other, new_categories, new_counts.
-- Grain:      one row a profile of the base, those first, and at most one for the window.
-- The version of a reference is that of its rows, whatever answers now.
WITH placed AS (
    SELECT *, is_reference = $base_reference AND list_contains($base_indexes::BIGINT[], window_index)
           AND (is_reference OR version = $version) AS is_base,
           NOT is_reference AND window_index = $window_index AND version = $version AS is_window
    FROM profile_categorical
    WHERE model_key = $model_key AND segment = 0 AND physical = $physical
)
SELECT is_base, n, n_null, 0 AS n_nonfinite, counts, n_other, new_categories, new_counts
FROM placed
WHERE is_base OR is_window
QUALIFY row_number() OVER (PARTITION BY is_base, window_index ORDER BY n DESC) = 1
ORDER BY is_base DESC, window_index
