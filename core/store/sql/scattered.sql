-- Question:   in how many blocks of rows do the models' measurements lie?
-- Parameters: block (rows in one).
-- Result:     number of measurements; of pairs of a model and a block that holds some of its; of models.
-- Grain:      one row.
SELECT coalesce(sum(n), 0)::BIGINT AS n, count(*) AS places, count(DISTINCT model_key) AS models
FROM (SELECT model_key, rowid // $block AS block, count(*) AS n FROM measurements GROUP BY ALL)
