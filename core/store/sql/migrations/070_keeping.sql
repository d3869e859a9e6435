-- Question:   which rows are gone, what of them still counts, and since when has which row been here?
-- Parameters: none.
-- Result:     tables pruned, erased_places and arrival_marks.
-- Grain:      pruned: one model. erased_places: one erased row. arrival_marks: one look at a model's counter.

-- pruned_before: rows of an earlier event time are gone and are not taken in again; null where rows carry no
-- time. n_windowed: rows gone from the front of the model's row windows, where the next position is counted
-- from. n_rows: all rows gone so far. cut: origin and window rule under which n_windowed counts and under
-- which the judgements of the gone windows stay.
CREATE TABLE pruned (
    model_key VARCHAR, pruned_before TIMESTAMP, n_windowed BIGINT, n_rows BIGINT, cut VARCHAR, pruned_at TIMESTAMP
);

-- Where a row of a person stood that was erased, so that no later row moves into another window. Nothing
-- but time and number is kept, and only for models with row windows.
CREATE TABLE erased_places (model_key VARCHAR, event_at TIMESTAMP, arrival BIGINT);

-- Rows and labels up to this arrival number were here at this time.
CREATE TABLE arrival_marks (model_key VARCHAR, noted_at TIMESTAMP, arrival BIGINT);
INSERT INTO arrival_marks SELECT model_key, judged_at, judged_arrival FROM model_state WHERE judged_at IS NOT NULL;
