-- Question:   none: keeps categorical columns that were counted elsewhere.
-- Parameters: model_key; lists of equal length: indexes, versions, physicals, n, n_null, n_other (rows),
--             counts (rows per category), new_categories and new_counts (those that the reference never had).
-- Result:     rows added to profile_categorical.
-- Grain:      one column of one current window and model version.
INSERT INTO profile_categorical BY NAME
SELECT
    $model_key::VARCHAR AS model_key,
    false AS is_reference,
    unnest($indexes::INTEGER[]) AS window_index,
    unnest($versions::VARCHAR[]) AS version,
    unnest($physicals::VARCHAR[]) AS physical,
    unnest($n::BIGINT[]) AS n,
    unnest($n_null::BIGINT[]) AS n_null,
    unnest($n_other::BIGINT[]) AS n_other,
    unnest($counts::BIGINT[][]) AS counts,
    unnest($new_categories::VARCHAR[][]) AS new_categories,
    unnest($new_counts::BIGINT[][]) AS new_counts
