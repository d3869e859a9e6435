-- Question:   none: gives a value by which segments are told apart another name.
-- Parameters: key (the model's); value, name.
-- Result:     codes of profile_segments and what they mean, changed where they are of that value.
-- Grain:      one code.
UPDATE profile_segments SET
    code_text = array_to_string(
        list_transform(
            string_split(code_text, chr(31)), lambda part: CASE WHEN part = $value THEN $name ELSE part END
        ),
        chr(31)
    ),
    content = replace(content, to_json($value::VARCHAR)::VARCHAR, to_json($name::VARCHAR)::VARCHAR)
WHERE model_key = $key AND list_contains(string_split(code_text, chr(31)), $value)
