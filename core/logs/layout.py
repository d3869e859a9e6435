"""Where a model's columns lie in the store, and the tables that hold them."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from core.domain import Task
from core.errors import Conflict
from core.logs.ids import HASH
from core.spec import Features, Layout, MonitorSpec
from core.store import Cursor


def model_key(registry: str, model: str) -> str:
    """Return the twelve hex digits that name a model's tables.

    Examples
    --------
    >>> len(model_key("local", "car-loan"))
    12
    """
    return sha256(f"{registry}/{model}".encode()).hexdigest()[:12]


def lay_out(spec: MonitorSpec, previous: Layout | None = None) -> Layout:
    """Assign each of a spec's columns a physical column.

    Parameters
    ----------
    spec
        What to monitor. Where its features are not known yet, none are laid out.
    previous
        The layout so far: its columns keep their places, new ones are appended.

    Raises
    ------
    Conflict
        The task changed between classes and numbers: what is stored cannot be read as the other.
    """
    numeric_target = spec.task is Task.REGRESSION
    if previous is not None and previous.numeric_target != numeric_target:
        raise Conflict(
            f"'{spec.model}' was watched with another kind of task: its rows cannot be read as {spec.task}",
            hint="Register the new model under a name of its own.",
        )
    features = spec.features or Features()
    scores = tuple(spec.columns.scores.values())
    return Layout(
        key=model_key(spec.registry, spec.model),
        numeric=_places("n", features.numeric, previous.numeric if previous else {}),
        categorical=_places("c", features.categorical, previous.categorical if previous else {}),
        sensitive=_places("s", spec.group_columns, previous.sensitive if previous else {}),
        scores=_places("p", scores, previous.scores if previous else {}),
        numeric_target=numeric_target,
        attributions=_places("a", spec.attributions.values(), previous.attributions if previous else {}),
        labellable=bool(spec.labellable) or (previous is not None and previous.labellable),
    )


def _places(letter: str, names: Iterable[str], taken: Mapping[str, str]) -> dict[str, str]:
    places = dict(taken)
    for name in names:
        places.setdefault(name, f"{letter}{len(places)}")
    return places


def physical_columns(layout: Layout) -> dict[str, str]:
    """Return physical column → DuckDB type of the roles and features in ``rows_<key>``."""
    target = "DOUBLE" if layout.numeric_target else "VARCHAR"
    columns = {
        "version": "VARCHAR",
        "prediction": target,
        "latency_ms": "DOUBLE",
        "status": "VARCHAR",
    }
    columns.update(dict.fromkeys(layout.scores.values(), "DOUBLE"))
    columns.update(dict.fromkeys(layout.numeric.values(), "DOUBLE"))
    columns.update(dict.fromkeys(layout.attributions.values(), "DOUBLE"))
    columns.update(dict.fromkeys(layout.categorical.values(), "VARCHAR"))
    columns.update(dict.fromkeys(layout.sensitive.values(), "VARCHAR"))
    if layout.labellable:
        columns["labellable"] = "BOOLEAN"
    return columns


def create_tables(cursor: Cursor, layout: Layout) -> None:
    """Create a model's tables, or add the columns that they lack; needs a writing cursor.

    Rows stored before a column was added have null there.
    """
    target = "DOUBLE" if layout.numeric_target else "VARCHAR"
    shared = {
        "row_id": "VARCHAR",
        "event_at": "TIMESTAMP",
        "arrival": "BIGINT",
        "batch_id": "VARCHAR",
        **physical_columns(layout),
    }
    label = {
        "row_id": "VARCHAR",
        "label": target,
        "arrival": "BIGINT",
        "batch_id": "VARCHAR",
        "labelled_at": "TIMESTAMP",
    }
    found_by = {HASH: "UBIGINT NOT NULL"}
    _create(cursor, layout.rows, {**shared, **found_by})
    _create(cursor, layout.reference, {**shared, "label": target})
    _create(cursor, layout.labels, {**label, **found_by})
    cursor.execute(
        "INSERT INTO model_state (model_key, origin_set, arrival, judged_arrival)"
        " SELECT $key, false, 0, 0 WHERE NOT EXISTS (FROM model_state WHERE model_key = $key)",
        {"key": layout.key},
    )


def _create(cursor: Cursor, table: str, columns: Mapping[str, str]) -> None:
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    cursor.execute(f"CREATE TABLE IF NOT EXISTS {table} ({listed})")
    # DuckDB's list of all columns would go through every table of the workspace: three of each model.
    found = cursor.execute("SELECT name FROM pragma_table_info(?)", [table]).fetchall()
    existing = {name for (name,) in found}
    for name, kind in columns.items():
        if name not in existing:
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
