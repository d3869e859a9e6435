"""Connections to engines: read from trimtab.toml, all problems told at once, secrets from outside."""

from pathlib import Path

import pytest

from core.config import Workspace, parse_settings
from core.errors import InvalidInput, Unavailable
from core.logs.spec_file import parse_spec


def settings(text: str, folder: Path):
    return parse_settings(text, Workspace(folder)).sources


def fields(error: InvalidInput) -> list[str]:
    return [problem.field for problem in error.problems]


def test_a_connection_names_its_engine_options_and_files(tmp_path: Path) -> None:
    (lake,) = settings(
        '[sources.lake]\nbackend = "duckdb"\n[sources.lake.options]\nthreads = 2\n'
        '[sources.lake.tables]\nlogs = "logs/*.parquet"\nfar = "s3://bucket/x"\n',
        tmp_path,
    )
    assert (lake.name, lake.backend, lake.options) == ("lake", "duckdb", {"threads": 2})
    assert lake.tables == {"logs": str(tmp_path / "logs/*.parquet"), "far": "s3://bucket/x"}


def test_all_problems_are_told_with_their_place(tmp_path: Path) -> None:
    text = (
        '[sources."a b"]\nbackend = "duckdb"\n'
        '[sources.c]\nbackend = "sparc"\ntable = 1\noptions = [1]\n'
        '[sources.d]\nbackend = "trino"\ntables = { x = "y" }\n'
    )
    with pytest.raises(InvalidInput) as caught:
        settings(text, tmp_path)
    named = ["a b", "c.table", "c.backend", "c.options", "d.tables"]
    assert fields(caught.value) == [f"sources.{name}" for name in named]
    assert "did you mean 'spark'" in str(caught.value)


def test_an_option_takes_its_secret_from_the_environment(tmp_path: Path) -> None:
    (one,) = settings('[sources.w]\nbackend = "trino"\noptions = { auth = "${PW}", port = 8080 }\n', tmp_path)
    assert one.filled({"PW": "x"}) == {"auth": "x", "port": 8080}
    with pytest.raises(Unavailable, match="PW is not set"):
        one.filled({})


SPEC = "{model: m, task: binary, columns: {timestamp: at, prediction: p}, window: {every: 1d}, source: %s}"


def test_a_spec_names_table_engine_and_connection() -> None:
    source = parse_spec(SPEC % "{backend: spark, table: db.logs}").source
    assert source is not None
    assert (source.backend, source.table, source.connection) == ("spark", "db.logs", "spark")


ROWS = SPEC.replace("{every: 1d}", "{rows: 10}")


@pytest.mark.parametrize(
    ("spec", "source", "field"),
    [
        (SPEC, "{backend: spark}", "source.table"),
        (SPEC, "{backend: sparc, table: t}", "source.backend"),
        (SPEC, "{backend: spark, table: t, file: x}", "source.file"),
        (ROWS, "{backend: spark, table: t}", "source"),
        (ROWS.replace("timestamp: at, ", ""), "{backend: spark, table: t}", "source"),
        (SPEC, "{backend: spark, table: t}, multivariate: [pca_reconstruction]", "multivariate"),
    ],
)
def test_a_source_that_cannot_work_is_refused(spec: str, source: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_spec(spec % source)
    assert field in fields(caught.value)
