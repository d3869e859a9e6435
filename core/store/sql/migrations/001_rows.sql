-- Question:   how far has each model's stream of rows and labels come, and which rows could not be used?
-- Parameters: none.
-- Result:     tables model_state and quarantine. The tables of rows, labels and references are one of
--             each per model and are created when the model is first watched (core.logs.layout).
-- Grain:      model_state: one model. quarantine: one row that was refused at one time.

-- arrival: last number given to a row or label. origin: start of window 0, naive UTC; null with
-- origin_set where the model has no timestamp. judged_*: up to where, and against what, the monitor has
-- judged.
CREATE TABLE model_state (
    model_key VARCHAR, origin TIMESTAMP, origin_set BOOLEAN,
    arrival BIGINT, judged_arrival BIGINT,
    policy_digest VARCHAR, reference_digest VARCHAR, spec_digest VARCHAR, judged_at TIMESTAMP
);

-- kind: predictions, labels or reference. row_id: what the row was known by, where anything. field: the
-- column at fault, "row" where the whole row is. content: the row as JSON. resolved_at: set when a retry
-- used it.
CREATE TABLE quarantine (
    id VARCHAR, model_key VARCHAR, kind VARCHAR, batch_id VARCHAR, line BIGINT, received_at TIMESTAMP,
    row_id VARCHAR, field VARCHAR, reason VARCHAR, remedy VARCHAR, content VARCHAR, resolved_at TIMESTAMP
);
