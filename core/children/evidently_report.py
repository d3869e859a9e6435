"""One HTML page by Evidently about a window and the reference; the only door to Evidently and pandas.

Input: ``request.json`` (see :class:`Request`), ``reference.parquet`` and ``current.parquet``, whose columns
have the names of the model's own. Output: ``report.html``, complete in itself. It is made offline, and its
text is made harmless: Evidently writes names and categories into a script as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import TypeAdapter

from core.children.offline import stay_offline
from core.errors import Unavailable

if TYPE_CHECKING:
    import pandas as pd
    from evidently import DataDefinition
    from evidently.core.report import Snapshot

    from core.children.runner import Say

REQUEST, REFERENCE, CURRENT, OUTPUT = "request.json", "reference.parquet", "current.parquet", "report.html"
MAX_CATEGORIES = 100
"""The commonest values of a column that keep their name; a chart of more says nothing to anybody."""

Kind: TypeAlias = Literal["numeric", "categorical"]
OTHER = "(other)"
MISSING_LABELS = "the window or the reference holds no labels"
DISAGREEMENT = (
    "Evidently tests each column by itself, by its own measure and threshold, on the rows sampled here. "
    "Trimtab's verdicts allow for how much the reference differs from itself and for the number of columns, "
    "so the two may disagree: a verdict decides, this report helps to understand."
)
_LEFT = "‹"
# Evidently's own page follows the reader's light or dark; a white card reads well on both.
_CARD = (
    "font-family:sans-serif;line-height:1.5;max-width:60rem;margin:1.5rem auto;padding:.5rem 1.5rem;"
    "color:#0A121C;background:#fff;border:1px solid #DCE2EA;border-radius:8px"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of both files: its name, whether it holds numbers or classes, and which part it plays."""

    name: str
    kind: Kind
    role: Literal["feature", "score", "prediction", "label"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Rows of one side: all there are, those in the file, and those of these with a label."""

    n_rows: int
    n_sampled: int
    n_labelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to report on. ``scores`` gives each class its score column; ``positive`` is set for binary."""

    model: str
    version: str | None
    window: str
    task: Literal["binary", "multiclass", "regression"]
    positive: str | None
    scores: dict[str, str]
    columns: tuple[Column, ...]
    reference: Side
    current: Side
    made_at: str


@dataclass(slots=True, kw_only=True)
class Tables:
    """Both sides as Evidently gets them, and what was left out on the way, a sentence each."""

    reference: "pd.DataFrame"
    current: "pd.DataFrame"
    columns: tuple[Column, ...]
    left_out: list[str] = field(default_factory=list)

    def of(self, *roles: str) -> list[str]:
        """Return the names of the columns that play one of these parts."""
        return [column.name for column in self.columns if column.role in roles]

    def one(self, role: str) -> str | None:
        """Return the column that plays a part, None where none does."""
        return next(iter(self.of(role)), None)


def run(folder: Path, say: "Say") -> None:
    """Make the report.

    Raises
    ------
    Unavailable
        No column has values on both sides, or Evidently can say nothing about them.
    """
    stay_offline()
    request = TypeAdapter(Request).validate_json((folder / REQUEST).read_bytes())
    say(0.02, "Reading rows")
    tables = _read(folder, request)
    if not tables.columns:
        raise Unavailable("The report", "; ".join(tables.left_out) or "the model's spec names no columns")
    say(0.05, "Loading Evidently")
    import evidently  # seconds, so it comes after the first word

    parts = []
    for share, step, make in (
        (0.35, "Comparing columns", _drift),
        (0.65, "Summarising columns", _summary),
        (0.85, "Measuring performance", _performance),
    ):
        say(share, step)
        try:
            parts += make(tables, request)
        except ValueError as error:
            tables.left_out.append(f"{step} was not possible: {str(error)[:200]}")
    if not parts:
        raise Unavailable("The report", "; ".join(tables.left_out))
    say(0.95, "Writing the page")
    page = _joined(parts).get_html_str(as_iframe=False)
    cover = _cover(request, tables, evidently.__version__)
    (folder / OUTPUT).write_text(page.replace("<body>", f"<body>{cover}", 1), encoding="utf-8")


def _read(folder: Path, request: Request) -> Tables:
    import pandas as pd

    reference, current = (pd.read_parquet(folder / name) for name in (REFERENCE, CURRENT))
    columns, left_out = [], []
    for column in request.columns:
        for table in (reference, current):
            table[column.name] = _harmless(table[column.name], column)
        empty = [
            side
            for side, table in (("the reference", reference), ("this window", current))
            if table[column.name].isna().all()
        ]
        if empty:
            left_out.append(f"{column.name}: no values in {' and '.join(empty)}")
            continue
        if column.kind == "categorical" and _pooled(reference, current, column.name):
            left_out.append(f"{column.name}: all but its {MAX_CATEGORIES} commonest values, shown as {OTHER}")
        columns.append(Column(name=_plain(column.name), kind=column.kind, role=column.role))
    renamed = {column.name: _plain(column.name) for column in request.columns}
    return Tables(
        reference=reference.rename(columns=renamed),
        current=current.rename(columns=renamed),
        columns=tuple(columns),
        left_out=left_out,
    )


def _plain(text: str) -> str:
    """Return text that can end no script and begin no tag.

    Examples
    --------
    >>> _plain("</script>")
    '‹/script>'
    """
    return text.replace("<", _LEFT)


def _harmless(values: "pd.Series", column: Column) -> "pd.Series":
    """Return numbers without infinities, and texts that can do nothing."""
    if column.kind == "numeric":
        return values.astype("float64").replace([float("inf"), float("-inf")], float("nan"))
    return values.astype(object).map(lambda text: _plain(str(text)), na_action="ignore")


def _pooled(reference: "pd.DataFrame", current: "pd.DataFrame", name: str) -> bool:
    """Pool the rare values of a column in both tables; say whether there were any."""
    counts = reference[name].value_counts().add(current[name].value_counts(), fill_value=0)
    if len(counts) <= MAX_CATEGORIES:
        return False
    kept = set(counts.nlargest(MAX_CATEGORIES).index)
    for table in (reference, current):
        table[name] = table[name].map(lambda value: value if value in kept else OTHER, na_action="ignore")
    return True


def _definition(tables: Tables, *, performance: object = None, task: str = "") -> "DataDefinition":
    from evidently import DataDefinition

    kinds = {
        f"{name}_columns": [column.name for column in tables.columns if column.kind == kind]
        for name, kind in (("numerical", "numeric"), ("categorical", "categorical"))
    }
    if performance is None:
        return DataDefinition(**kinds)
    return DataDefinition(**kinds, **{task: [performance]})


def _snapshot(
    preset: object, reference: "pd.DataFrame", current: "pd.DataFrame", definition: "DataDefinition"
) -> "Snapshot":
    from evidently import Dataset, Report

    sides = (Dataset.from_pandas(table, data_definition=definition) for table in (current, reference))
    return Report([preset]).run(*sides)


def _drift(tables: Tables, _: Request) -> list["Snapshot"]:
    from evidently.presets import DataDriftPreset

    return [_snapshot(DataDriftPreset(), tables.reference, tables.current, _definition(tables))]


def _summary(tables: Tables, _: Request) -> list["Snapshot"]:
    from evidently.presets import DataSummaryPreset

    return [_snapshot(DataSummaryPreset(), tables.reference, tables.current, _definition(tables))]


def _performance(tables: Tables, request: Request) -> list["Snapshot"]:
    """Compare predictions with labels, over the rows that have both."""
    from evidently import Regression
    from evidently.presets import ClassificationPreset, RegressionPreset

    found = labelled(tables, request)
    if isinstance(found, str):
        tables.left_out.append(f"Performance: {found}")
        return []
    label, prediction = tables.of("label")[0], tables.one("prediction")
    if request.task == "regression":
        task = Regression(name="default", target=label, prediction=prediction)
        definition = _definition(tables, performance=task, task="regression")
        return [_snapshot(RegressionPreset(), *found, definition)]
    classes = _classes(tables, request, label, prediction)
    return [
        _snapshot(
            ClassificationPreset(), *found, _definition(tables, performance=classes, task="classification")
        )
    ]


def labelled(tables: Tables, request: Request) -> "tuple[pd.DataFrame, pd.DataFrame] | str":
    """Return the rows of both sides whose performance can be measured, or why there are none."""
    label, prediction = tables.one("label"), tables.one("prediction")
    if label is None:
        return MISSING_LABELS
    if prediction is None and (request.task != "binary" or not tables.of("score")):
        return "there are no predictions"
    needed = [label, *tables.of("prediction", "score")]
    reference, current = (table.dropna(subset=needed) for table in (tables.reference, tables.current))
    if reference.empty or current.empty:
        return "no row of the window or the reference has prediction and label"
    if request.task == "binary" and min(table[label].nunique() for table in (reference, current)) < 2:
        return "the labels are all of one class"
    return reference, current


def _classes(tables: Tables, request: Request, label: str, prediction: str | None) -> object:
    """Return Evidently's description of a classification: its columns and its positive class."""
    from evidently import BinaryClassification, MulticlassClassification

    scores = tables.of("score")
    if request.task == "binary":
        return BinaryClassification(
            name="default",
            target=label,
            prediction_labels=prediction,
            prediction_probas=next(iter(scores), None),
            pos_label=_plain(request.positive or "1"),
            labels=None,
        )
    return MulticlassClassification(target=label, prediction_labels=prediction)


def _joined(parts: Sequence["Snapshot"]) -> "Snapshot":
    """Return one page of several: Evidently compares one set of rows at a time, and labels are for few."""
    first = parts[0]
    for other in parts[1:]:
        first._widgets.extend(other._widgets)  # noqa: SLF001 - no public way; a test holds the page to it
    return first


def _cover(request: Request, tables: Tables, version: str) -> str:
    """Return what a reader must know first: of what, from how many rows, what is missing, how to read it."""
    of = "all versions" if request.version is None else f"version {request.version}"
    facts = [
        f"Window: {request.window}, {of}. {_rows(request.current)}",
        f"Reference: {_rows(request.reference)}",
        *(f"Left out: {text}." for text in tables.left_out),
        DISAGREEMENT,
        f"Made {request.made_at} by Trimtab with Evidently {version}.",
    ]
    lines = "".join(f"<p>{escape(_plain(fact))}</p>" for fact in facts)
    title = escape(_plain(f"{request.model}: window against reference"))
    return (
        f"<section id='cover' style='{_CARD}'><h1 style='font-size:1.6rem;margin:.5rem 0'>{title}</h1>{lines}"
        "</section>"
    )


def _rows(side: Side) -> str:
    """Return how many rows a side has and how many of them are looked at.

    Examples
    --------
    >>> _rows(Side(n_rows=50_000, n_sampled=20_000, n_labelled=0))
    'A sample of 20,000 of 50,000 rows, 0 of them labelled.'
    """
    labelled = f"{side.n_labelled:,} of them labelled"
    if side.n_sampled == side.n_rows:
        return f"All {side.n_rows:,} rows, {labelled}."
    return f"A sample of {side.n_sampled:,} of {side.n_rows:,} rows, {labelled}."
