-- Question:   how were the classes of a multiclass model scored, and which of them came true?
-- Parameters: none.
-- Result:     table profile_class_scores, the scores of windows and references by class; see 002_profiles.
-- Grain:      one combination of class, score bin, whether the class came true, and prediction, of a profile.

-- Only rows with a finite score of every class count. class: the class that the score is of. score_bin: on
-- the edges of that class's column. is_label: whether the class is the row's label, NULL without a label
-- that has a score column. score_*: sums of the class's scores and their squares. brier_* and log_*: sums,
-- over the rows whose label the class is, of the whole row's Brier score and log loss, and their squares.
CREATE TABLE profile_class_scores (
    model_key VARCHAR, is_reference BOOLEAN, window_index INTEGER, version VARCHAR,
    class VARCHAR, score_bin INTEGER, is_label BOOLEAN, prediction VARCHAR,
    n BIGINT, score_total DOUBLE, score_squares DOUBLE,
    brier_total DOUBLE, brier_squares DOUBLE, log_total DOUBLE, log_squares DOUBLE
);
