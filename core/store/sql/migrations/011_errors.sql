-- Question:   how do regression models err, in general and by the kind of input?
-- Parameters: none.
-- Result:     tables profile_errors, profile_leaves (of windows and references, see 002_profiles) and
--             reference_fits. Windows profiled before these tables came have no rows in them.
-- Grain:      profile_errors: one profile. profile_leaves: one leaf of one tree of a profile.
--             reference_fits: one model with a pinned reference.

-- e is prediction - label, d the label's distance from centre.
CREATE TABLE profile_errors (
    model_key VARCHAR, is_reference BOOLEAN, window_index INTEGER, version VARCHAR, segment INTEGER DEFAULT 0,
    centre DOUBLE, n BIGINT, n_ratio BIGINT, ratio_total DOUBLE, ratio_squares DOUBLE,
    error_squares DOUBLE, error_fourths DOUBLE,
    distance_total DOUBLE, distance_squares DOUBLE, distance_cubes DOUBLE, distance_fourths DOUBLE,
    error_squares_distance DOUBLE, error_squares_distance_squares DOUBLE
);

-- tree and leaf: places in the fitted trees of reference_fits. n counts rows, n_labelled those with an error.
CREATE TABLE profile_leaves (
    model_key VARCHAR, is_reference BOOLEAN, window_index INTEGER, version VARCHAR, segment INTEGER DEFAULT 0,
    tree INTEGER, leaf INTEGER, n BIGINT, n_labelled BIGINT,
    error_absolute DOUBLE, error_squares DOUBLE, error_fourths DOUBLE
);

-- content: core.cells.Fitted as JSON.
CREATE TABLE reference_fits (model_key VARCHAR, content VARCHAR);
