-- Profiles: what is kept of every window once its rows were counted, and the pinned references.
-- is_reference parts the reference's own profiles from the current ones, there window_index counts
-- -k … -1 for the reference's own windows and 0 stands for the whole reference.

-- One row per model, window and model version. A window without rows has one row with n = 0.
CREATE TABLE profiles (
    model_key VARCHAR NOT NULL,
    is_reference BOOLEAN NOT NULL,
    window_index INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    window_start TIMESTAMP,
    window_end TIMESTAMP,
    closed BOOLEAN NOT NULL,
    n BIGINT NOT NULL,
    n_labelled BIGINT NOT NULL,
    n_errors BIGINT NOT NULL
);

-- One row per numeric column of a profile, counts has one bin more than the column's edges.
CREATE TABLE profile_numeric (
    model_key VARCHAR NOT NULL,
    is_reference BOOLEAN NOT NULL,
    window_index INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    physical VARCHAR NOT NULL,
    n BIGINT NOT NULL,
    n_null BIGINT NOT NULL,
    n_nonfinite BIGINT NOT NULL,
    total DOUBLE NOT NULL,
    total_squares DOUBLE NOT NULL,
    low DOUBLE,
    high DOUBLE,
    counts BIGINT[] NOT NULL
);

-- One row per categorical column of a profile, counts follows the column's categories.
CREATE TABLE profile_categorical (
    model_key VARCHAR NOT NULL,
    is_reference BOOLEAN NOT NULL,
    window_index INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    physical VARCHAR NOT NULL,
    n BIGINT NOT NULL,
    n_null BIGINT NOT NULL,
    n_other BIGINT NOT NULL,
    counts BIGINT[] NOT NULL,
    new_categories VARCHAR[] NOT NULL,
    new_counts BIGINT[] NOT NULL
);

-- One row per combination of sensitive values, label, prediction and score bin that occurs.
-- n_with_label counts rows with a label, n_labelled those that have a prediction to err as well.
CREATE TABLE profile_outcomes (
    model_key VARCHAR NOT NULL,
    is_reference BOOLEAN NOT NULL,
    window_index INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    groups VARCHAR[] NOT NULL,
    label VARCHAR,
    prediction VARCHAR,
    score_bin INTEGER NOT NULL,
    n BIGINT NOT NULL,
    n_with_label BIGINT NOT NULL,
    n_labelled BIGINT NOT NULL,
    score_total DOUBLE NOT NULL,
    score_squares DOUBLE NOT NULL,
    error_total DOUBLE NOT NULL,
    error_absolute DOUBLE NOT NULL,
    error_squares DOUBLE NOT NULL,
    label_total DOUBLE NOT NULL,
    label_absolute DOUBLE NOT NULL,
    label_squares DOUBLE NOT NULL
);

-- What a physical column is called, and the reference's edges or categories on which it is counted.
CREATE TABLE profile_columns (
    model_key VARCHAR NOT NULL,
    physical VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    edges DOUBLE[],
    categories VARCHAR[]
);

-- The sensitive values that are groups of their own, all others of the column are "(other)".
CREATE TABLE profile_groups (
    model_key VARCHAR NOT NULL,
    physical VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

-- The pinned reference of each model.
CREATE TABLE reference_pins (
    model_key VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    pinned_at TIMESTAMP NOT NULL,
    reference_start TIMESTAMP,
    reference_end TIMESTAMP
);
