-- Question:   which staged rows cannot be used, and are not in quarantine already?
-- Parameters: key, kind, batch, now (naive UTC); fields, reasons, remedies by fault number; lines, causes
--             of rows that could not be split into columns, and broken_remedy for them;
--             first_rowid of staged.
-- Result:     new rows in quarantine. A row sent again unchanged is not listed twice; equal rows within
--             one batch are.
-- Grain:      one unusable row.
INSERT INTO quarantine BY NAME
WITH unusable AS (
    SELECT rowid - $first_rowid AS line, row_id, event_at, content, list_extract($fields::VARCHAR[], fault) AS field,
           list_extract($reasons::VARCHAR[], fault) AS reason, list_extract($remedies::VARCHAR[], fault) AS remedy
    FROM staged WHERE fault IS NOT NULL
    UNION ALL
    SELECT -place, NULL, NULL, json_object('line', list_extract($lines::VARCHAR[], place))::VARCHAR, 'row',
           list_extract($causes::VARCHAR[], place), $broken_remedy
    FROM range(1, len($lines::VARCHAR[]) + 1) AS places(place)
),
counted AS (
    SELECT *, row_number() OVER (PARTITION BY content, field, reason ORDER BY line) AS occurrence FROM unusable
),
known AS (
    SELECT content, field, reason, count(*) AS n FROM quarantine
    WHERE model_key = $key AND kind = $kind AND resolved_at IS NULL GROUP BY ALL
)
SELECT $batch || '.' || line AS id, $key AS model_key, $kind AS kind, $batch AS batch_id, line,
       $now AS received_at, row_id, event_at, field, reason, remedy, content
FROM counted LEFT JOIN known USING (content, field, reason)
WHERE occurrence > coalesce(n, 0)
ORDER BY line
