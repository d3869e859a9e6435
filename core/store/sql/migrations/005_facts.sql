-- Question:   what is the latest that is known of each model, so that a fleet of thousands is read at once?
-- Parameters: none.
-- Result:     table model_facts, rewritten for a model whenever it was watched or judged (views_facts.sql).
-- Grain:      one monitored model.

-- registry … risk: from the spec; kind is its use case.
-- metric … sparkline: the model's leading performance metric; sparkline holds its last 30 windows, oldest
-- first. drift: the largest deciding distance of the last judged window relative to its limit (1 = at the
-- limit); drifting and drifting_since: the columns that fail there and when each began to. n_passed …
-- n_unknown: verdicts of the last judged window. unknown_reason: why there is no judged window.
CREATE TABLE model_facts (
    model_key VARCHAR, registry VARCHAR, model VARCHAR, task VARCHAR,
    owner VARCHAR, unit VARCHAR, kind VARCHAR, risk VARCHAR, version VARCHAR,
    metric VARCHAR, metric_unit VARCHAR, value DOUBLE, low DOUBLE, high DOUBLE, n BIGINT, estimated BOOLEAN,
    window_start TIMESTAMP, window_end TIMESTAMP, sparkline DOUBLE[],
    drift DOUBLE, drift_feature VARCHAR, drifting VARCHAR[], drifting_since TIMESTAMP[],
    fairness_ratio DOUBLE, fairness_by VARCHAR, p95_ms DOUBLE, rows_a_day DOUBLE,
    judged_index BIGINT, judged_start TIMESTAMP, judged_end TIMESTAMP,
    n_passed BIGINT, n_warned BIGINT, n_failed BIGINT, n_unknown BIGINT, unknown_reason VARCHAR,
    worst_warning VARCHAR, judged_at TIMESTAMP
);

-- One line a registered model: where champion and challenger point now.
CREATE VIEW registry_fleet AS
SELECT m.registry, m.model AS name,
       max(a.version) FILTER (a.alias = 'champion') AS champion,
       max(a.version) FILTER (a.alias = 'challenger') AS challenger
FROM registry_models m
LEFT JOIN registry_aliases a
  ON a.registry = m.registry AND a.model = m.model AND a.gone_at IS NULL
 AND a.alias IN ('champion', 'challenger')
GROUP BY m.registry, m.model;
