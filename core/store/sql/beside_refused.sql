-- Question:   none: counts the rows in quarantine that happened in windows just profiled.
-- Parameters: model_key, is_reference; kinds (of quarantined rows); lists of equal length: indexes, starts and
--             ends (naive UTC); closed_end (whether a window holds the moment of its end); sent (what the
--             total is kept under).
-- Result:     rows added to profile_beside under the version with most rows in the window: by column at
--             fault, and all that were sent, where any was refused.
-- Grain:      one window and column at fault.
INSERT INTO profile_beside BY NAME
WITH windows AS (
    SELECT unnest($indexes::INTEGER[]) AS window_index, unnest($starts::TIMESTAMP[]) AS start_at,
           unnest($ends::TIMESTAMP[]) AS end_at
),
owners AS (
    SELECT window_index, arg_max(version, n) AS version, sum(n) AS n FROM profiles
    WHERE model_key = $model_key AND is_reference = $is_reference AND segment = 0 GROUP BY window_index
),
refused AS (
    SELECT w.window_index, q.field, count(*) AS n
    FROM windows w JOIN quarantine q ON q.event_at >= w.start_at
     AND (q.event_at < w.end_at OR ($closed_end AND q.event_at = w.end_at))
    WHERE q.model_key = $model_key AND q.resolved_at IS NULL AND list_contains($kinds::VARCHAR[], q.kind)
    GROUP BY w.window_index, q.field
),
counted AS (
    SELECT window_index, field, n FROM refused
    UNION ALL
    SELECT window_index, $sent::VARCHAR, sum(r.n) + any_value(o.n) FROM refused r JOIN owners o USING (window_index)
    GROUP BY window_index
)
SELECT $model_key::VARCHAR AS model_key, $is_reference::BOOLEAN AS is_reference, window_index, version,
       'refused' AS kind, field, c.n::BIGINT AS n
FROM counted c JOIN owners USING (window_index)
