-- Question:   what became of the quarantined rows that were tried again?
-- Parameters: now (naive UTC); fields, reasons, remedies by fault number. Reads the temporary tables
--             retried (id, content, place from 0) and staged, whose rows stand in that order
--             from first_rowid on.
-- Result:     quarantine: rows without a fault are resolved, the others say what is wrong with them now.
-- Grain:      one row that was tried again.
UPDATE quarantine SET
    resolved_at = CASE WHEN outcome.fault IS NULL THEN $now END,
    field = CASE WHEN outcome.fault IS NULL THEN field ELSE list_extract($fields::VARCHAR[], outcome.fault) END,
    reason = CASE WHEN outcome.fault IS NULL THEN reason ELSE list_extract($reasons::VARCHAR[], outcome.fault) END,
    remedy = CASE WHEN outcome.fault IS NULL THEN remedy ELSE list_extract($remedies::VARCHAR[], outcome.fault) END
FROM (
    SELECT retried.id AS retried_id, staged.fault
    FROM retried JOIN staged ON staged.rowid - $first_rowid = retried.place
) AS outcome
WHERE quarantine.id = outcome.retried_id
