-- Question:   none: keeps numeric columns that were counted elsewhere.
-- Parameters: model_key; lists of equal length: indexes, versions, physicals, n, n_null, n_nonfinite (rows),
--             totals, squares, lows, highs (the column's unit), counts (rows per bin of the column's edges).
-- Result:     rows added to profile_numeric.
-- Grain:      one column of one current window and model version.
INSERT INTO profile_numeric BY NAME
SELECT
    $model_key::VARCHAR AS model_key,
    false AS is_reference,
    unnest($indexes::INTEGER[]) AS window_index,
    unnest($versions::VARCHAR[]) AS version,
    unnest($physicals::VARCHAR[]) AS physical,
    unnest($n::BIGINT[]) AS n,
    unnest($n_null::BIGINT[]) AS n_null,
    unnest($n_nonfinite::BIGINT[]) AS n_nonfinite,
    unnest($totals::DOUBLE[]) AS total,
    unnest($squares::DOUBLE[]) AS total_squares,
    unnest($lows::DOUBLE[]) AS low,
    unnest($highs::DOUBLE[]) AS high,
    unnest($counts::BIGINT[][]) AS counts
