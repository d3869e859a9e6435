-- Question:   none: adds the heads of profiles.
-- Parameters: model_key, is_reference; counted_as (core.profiles.count.COUNTED_AS, NULL where labels that come
--             late cannot be followed); lists of equal length: indexes, versions, segments, starts and ends (naive
--             UTC or NULL), closed, n, n_labelled, n_errors (rows).
-- Result:     rows added to profiles.
-- Grain:      one window, model version and segment.
INSERT INTO profiles BY NAME
SELECT
    $model_key::VARCHAR AS model_key,
    $is_reference::BOOLEAN AS is_reference,
    $counted_as::INTEGER AS counted_as,
    unnest($indexes::INTEGER[]) AS window_index,
    unnest($versions::VARCHAR[]) AS version,
    unnest($segments::INTEGER[]) AS segment,
    unnest($starts::TIMESTAMP[]) AS window_start,
    unnest($ends::TIMESTAMP[]) AS window_end,
    unnest($closed::BOOLEAN[]) AS closed,
    unnest($n::BIGINT[]) AS n,
    unnest($n_labelled::BIGINT[]) AS n_labelled,
    unnest($n_errors::BIGINT[]) AS n_errors
