-- Question:   what do the registries hold, as far as was last read, and since when does each alias point?
-- Parameters: none.
-- Result:     tables registry_readings, registry_models, registry_versions, registry_aliases.
-- Grain:      one registry, model, version, and stay of an alias on a version.

-- registry is the short name, address the tracking URI without credentials; tags are JSON objects.
-- An alias stays from first_seen_at until gone_at (NULL while it does): MLflow itself keeps no times.
CREATE TABLE registry_readings (
    registry VARCHAR, address VARCHAR, writable BOOLEAN,
    last_tried_at TIMESTAMP, last_refreshed_at TIMESTAMP, last_error VARCHAR
);
CREATE TABLE registry_models (
    registry VARCHAR, model VARCHAR, tags VARCHAR, created_at TIMESTAMP, first_seen_at TIMESTAMP
);
CREATE TABLE registry_versions (
    registry VARCHAR, model VARCHAR, version VARCHAR, run_id VARCHAR, tags VARCHAR,
    created_at TIMESTAMP, first_seen_at TIMESTAMP
);
CREATE TABLE registry_aliases (
    registry VARCHAR, model VARCHAR, alias VARCHAR, version VARCHAR,
    first_seen_at TIMESTAMP, gone_at TIMESTAMP
);
