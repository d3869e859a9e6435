-- Question:   why did a model's leading metric differ from the reference, where it failed or warned?
-- Parameters: none.
-- Result:     table changes; a row is current while superseded_at is null. document is the explanation as JSON.
-- Grain:      one revision of the explanation of one window, version and kind (measured or estimated).
CREATE TABLE changes (
    model_key VARCHAR, window_index BIGINT, version VARCHAR, metric VARCHAR, estimated BOOLEAN,
    sentence VARCHAR, document VARCHAR, recorded_at TIMESTAMP, superseded_at TIMESTAMP
);
