-- Question:   none: makes the mirror's current aliases those that a registry was just read to have.
-- Parameters: registry (short name), now (naive UTC); lists of equal length: models, aliases, versions.
-- Result:     rows of registry_aliases: a new stay for an alias that moved or came, an end for one that left.
-- Grain:      one stay of an alias on a version.
MERGE INTO registry_aliases AS known
-- Every condition compares the two sides, so that they are joined by hash and not row by row.
USING (
    SELECT $registry::VARCHAR AS registry, unnest($models::VARCHAR[]) AS model, unnest($aliases::VARCHAR[]) AS alias,
           unnest($versions::VARCHAR[]) AS version, NULL::TIMESTAMP AS gone_at
) AS found
ON known.registry = found.registry AND known.gone_at IS NOT DISTINCT FROM found.gone_at
    AND known.model = found.model AND known.alias = found.alias AND known.version = found.version
WHEN NOT MATCHED THEN INSERT (registry, model, alias, version, first_seen_at, gone_at)
    VALUES (found.registry, found.model, found.alias, found.version, $now, NULL)
WHEN NOT MATCHED BY SOURCE AND known.registry = $registry AND known.gone_at IS NULL
    THEN UPDATE SET gone_at = $now
