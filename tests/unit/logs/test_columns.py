from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.logs.columns import columns_of, infer_features
from core.logs.spec_file import parse_spec
from core.logs.upload import spool
from core.spec import Features
from core.store import AnalyticsStore
from tests.ingest_desk import FORMATS, file_of

ROWS = [
    {
        "id": 1,
        "at": "2026-01-01",
        "x": 0.5,
        "n": 3,
        "flag": True,
        "text": "a",
        "y": 1,
        "period": "r",
        "sex": "f",
    },
    {
        "id": 2,
        "at": "2026-01-02",
        "x": None,
        "n": 4,
        "flag": False,
        "text": "7",
        "y": 0,
        "period": "r",
        "sex": "m",
    },
]
SPEC = """{model: m, task: binary, columns: {id: id, timestamp: at, label: y}, sensitive: [sex],
 reference: {where: "period = 'r'"}}"""


@pytest.mark.parametrize("kind", FORMATS)
def test_features_are_all_other_columns_by_type(tmp_path: Path, kind: str) -> None:
    store = AnalyticsStore.open(None)
    columns = columns_of(store, spool(tmp_path, [file_of(ROWS, kind)], name=f"x.{kind}"))
    store.close()
    assert [name for name, _ in columns] == list(ROWS[0])
    features = infer_features(parse_spec(SPEC), columns).features
    assert features == Features(numeric=("x", "n"), categorical=("flag", "text"))


def test_listed_features_stay() -> None:
    spec = parse_spec("{model: m, features: {numeric: [a]}}")
    assert infer_features(spec, [("b", "DOUBLE")]) is spec


def test_times_and_nested_values_are_no_features() -> None:
    columns = [
        ("at", "TIMESTAMP_NS"),
        ("list", "INTEGER[]"),
        ("bag", "STRUCT(a INTEGER)"),
        ("d", "DECIMAL(9,2)"),
    ]
    assert infer_features(parse_spec("model: m"), columns).features == Features(numeric=("d",))


def test_a_file_without_columns_that_can_be_read(tmp_path: Path) -> None:
    store = AnalyticsStore.open(None)
    with pytest.raises(InvalidInput):
        columns_of(store, spool(tmp_path, [b"PAR1 nothing more"], name="x.parquet"))
    store.close()
