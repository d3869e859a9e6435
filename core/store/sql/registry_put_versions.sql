-- Question:   none: makes the mirror hold exactly the versions that a registry was just read to have.
-- Parameters: registry (short name), now (naive UTC); lists of equal length: models, versions, runs (id or
--             NULL), tags (JSON), created (naive UTC or NULL).
-- Result:     rows of registry_versions added, changed and deleted; unchanged ones are not touched.
-- Grain:      one model version of the registry.
MERGE INTO registry_versions AS known
-- Every condition compares the two sides, so that they are joined by hash and not row by row.
USING (
    SELECT $registry::VARCHAR AS registry, unnest($models::VARCHAR[]) AS model, unnest($versions::VARCHAR[]) AS version,
           unnest($runs::VARCHAR[]) AS run_id, unnest($tags::VARCHAR[]) AS tags,
           unnest($created::TIMESTAMP[]) AS created_at
) AS found
ON known.registry = found.registry AND known.model = found.model AND known.version = found.version
WHEN MATCHED AND (
        known.tags IS DISTINCT FROM found.tags OR known.run_id IS DISTINCT FROM found.run_id
        OR known.created_at IS DISTINCT FROM found.created_at
    )
    THEN UPDATE SET tags = found.tags, run_id = found.run_id, created_at = found.created_at
WHEN NOT MATCHED THEN INSERT (registry, model, version, run_id, tags, created_at, first_seen_at)
    VALUES (found.registry, found.model, found.version, found.run_id, found.tags, found.created_at, $now)
WHEN NOT MATCHED BY SOURCE AND known.registry = $registry THEN DELETE
