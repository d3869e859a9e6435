"""Cases from real and published data sets: as they came, and shuffled, so that nothing can have changed.

The files are read where they lie, never copied; only the rows of a case are written, to a folder that is
gone afterwards.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.bench.cases import Case

LOAN = "nannyml_car_loan.parquet"
LOAN_NUMERIC = ("car_value", "debt_to_income_ratio", "loan_length", "driver_tenure")
LOAN_CATEGORICAL = ("salary_range", "repaid_loan_on_prev_car", "size_of_downpayment")
LOAN_MOVED = ("car_value", "loan_length", "salary_range", "repaid_loan_on_prev_car", "performance")
"""What the publication says has moved from window 5 on, and performance with it."""

LOAN_ONSET = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffled:
    """A data set whose order is made random: the columns looked at, and rows in a window."""

    file: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    rows: int = 500


SHUFFLED = (
    Shuffled(file=LOAN, numeric=LOAN_NUMERIC, categorical=LOAN_CATEGORICAL),
    Shuffled(
        file="adult.parquet",
        numeric=("age", "fnlwgt", "education_num", "capital_gain", "hours_per_week"),
        categorical=("workclass", "marital_status", "occupation", "race", "sex", "native_country"),
    ),
    Shuffled(
        file="online_retail_invoices.parquet",
        numeric=("n_lines", "units", "revenue_gbp", "avg_unit_price", "hour"),
        categorical=("country",),
    ),
    Shuffled(
        file="bike_sharing_hourly.parquet",
        numeric=("temp", "hum", "windspeed", "casual", "registered"),
        categorical=(),
        rows=300,
    ),
)
_MOST_WINDOWS = 28


def published(folder: Path, out: Path) -> Case | None:
    """The car loans as published: a reference period and ten windows; None where the file is absent."""
    if not (folder / LOAN).exists():
        return None
    table = pq.read_table(folder / LOAN).sort_by("timestamp")
    table = _as_texts(table, (*LOAN_CATEGORICAL, "repaid", "y_pred"))
    is_reference = pc.equal(table["period"], "reference")
    return _case(
        "published", table.filter(is_reference), table.filter(pc.invert(is_reference)), 5_000, out,
        LOAN_NUMERIC, LOAN_CATEGORICAL, label="repaid", prediction="y_pred", score="y_pred_proba",
    )  # fmt: skip


def shuffled(one: Shuffled, folder: Path, out: Path, seed: int) -> Case | None:
    """A data set in random order, cut into a reference and up to 28 windows."""
    if not (folder / one.file).exists():
        return None
    table = pq.read_table(folder / one.file)
    table = _as_texts(table, one.categorical)
    table = table.take(np.random.default_rng(seed).permutation(len(table)))
    n_windows = min(len(table) // one.rows // 2, _MOST_WINDOWS)
    cut = n_windows * one.rows
    name = f"shuffled-{Path(one.file).stem}-{seed}"
    return _case(
        name, table.slice(0, cut), table.slice(cut, cut), one.rows, out, one.numeric, one.categorical
    )


def _case(
    name: str,
    reference: pa.Table,
    current: pa.Table,
    rows: int,
    out: Path,
    numeric: tuple[str, ...],
    categorical: tuple[str, ...],
    **roles: str,
) -> Case:
    paths = out / f"{name}-reference.parquet", out / f"{name}-current.parquet"
    for path, part in zip(paths, (reference, current), strict=True):
        pq.write_table(part.select([*numeric, *categorical, *roles.values()]), path)
    return Case(
        name=name,
        reference=str(paths[0]),
        current=str(paths[1]),
        rows=rows,
        numeric=numeric,
        categorical=categorical,
        **roles,
    )


def _as_texts(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """Give categories one plain type, which every tool reads alike; numbers of a class become whole."""
    for name in names:
        column = table[name]
        kind = (
            pa.int64()
            if pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
            else pa.string()
        )
        table = table.set_column(table.schema.get_field_index(name), name, column.cast(kind))
    return table
