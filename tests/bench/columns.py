"""The columns of the benchmarks' rows, by name alone: the peers' environments have no more than that."""

NUMERIC = tuple(f"amount_{i:02d}" for i in range(20))
CATEGORICAL = tuple(f"kind_{i}" for i in range(10))
N_VALUES = (3, 5, 8, 12, 20, 50, 100, 200, 500, 1000)
SENSITIVE = ("sex", "age_band")
TIME, SCORE, PREDICTION, LABEL, LATENCY = "at", "probability", "decision", "came_true", "latency"
