"""The limit: every value of the same columns read once by DuckDB, and nothing kept of it."""

from tests.bench.stopwatch import Job, Stopwatch, run


def work(job: Job, watch: Stopwatch) -> None:
    with watch.step("import"):
        import duckdb
    with duckdb.connect() as connection, watch.step("drift"):
        for path in (job.reference, job.current):
            connection.execute(scan(connection, f"read_parquet('{path}')")).fetchall()
    watch.facts["windows"] = 1


def scan(connection: "duckdb.DuckDBPyConnection", relation: str) -> str:  # noqa: F821
    """SQL that reads every value of a relation: the sum of numbers, the greatest of all else.

    The greatest number would come from a Parquet file's statistics, without reading any.
    """
    columns = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    read = (
        f'sum("{name}")' if kind in ("DOUBLE", "INTEGER", "BIGINT") else f'max("{name}")'
        for name, kind, *_ in columns
    )
    return f"SELECT {', '.join(read)} FROM {relation}"


if __name__ == "__main__":
    run(work)
