-- Question:   how much does a model's output hang on each of its features, in the pinned reference?
-- Parameters: none.
-- Result:     table importance; shares add up to 1 over a model's features. n counts the rows used.
-- Grain:      one feature of one model, replaced when its reference is pinned.
CREATE TABLE importance (
    model_key VARCHAR, feature VARCHAR, importance DOUBLE, method VARCHAR, n BIGINT
);
