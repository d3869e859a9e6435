-- Question:   none: removes what quarantine holds of persons.
-- Parameters: key. Reads the temporary table persons (id).
-- Result:     rows of quarantine deleted: those known by such an id, those in which it is the value of a column,
--             and those that could not be split into columns but hold it as a word.
-- Grain:      one quarantined row.
DELETE FROM quarantine
WHERE model_key = $key
  AND (
    row_id IN (SELECT id FROM persons)
    OR list_has_any(
        coalesce(TRY(json_extract_string(content, '$.*')), []), (SELECT coalesce(list(id), []) FROM persons)
    )
    OR list_has_any(
        regexp_split_to_array(coalesce(TRY(json_extract_string(content, '$.line')), ''), '[\s,;|"]+'),
        (SELECT coalesce(list(id), []) FROM persons)
    )
  )
