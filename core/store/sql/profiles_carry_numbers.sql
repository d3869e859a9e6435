-- Question:   what do the numeric columns that labels decide hold once labels have come late?
-- Parameters: model_key, is_reference; before and after (the keys under which the rows that got a label are
--             counted as they were and as they are); indexes (list of window indexes).
-- Result:     profile_numeric without model_key: what was stored, less before, and after; of those columns only
--             that were counted of the rows that got a label, none of which had a number before.
-- Grain:      one column of one window, model version and segment.
WITH own AS (
    SELECT *, CASE WHEN model_key = $before THEN -1 ELSE 1 END AS sign
    FROM profile_numeric
    WHERE model_key IN ($model_key, $before, $after) AND is_reference = $is_reference
      AND list_contains($indexes::INTEGER[], window_index)
      AND physical IN (SELECT physical FROM profile_numeric WHERE model_key IN ($before, $after))
),
bins AS (
    SELECT is_reference, window_index, version, segment, physical, list(n ORDER BY place) AS counts
    FROM (
        SELECT is_reference, window_index, version, segment, physical, place, sum(sign * bin)::BIGINT AS n
        FROM (SELECT *, unnest(counts) AS bin, generate_subscripts(counts, 1) AS place FROM own)
        GROUP BY ALL
    )
    GROUP BY ALL
)
SELECT is_reference, window_index, version, segment, physical,
       sum(sign * n)::BIGINT AS n, sum(sign * n_null)::BIGINT AS n_null, sum(sign * n_nonfinite)::BIGINT AS n_nonfinite,
       sum(sign * total) AS total, sum(sign * total_squares) AS total_squares,
       min(low) AS low, max(high) AS high, any_value(bins.counts) AS counts
FROM own JOIN bins USING (is_reference, window_index, version, segment, physical)
GROUP BY ALL
