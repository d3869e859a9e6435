"""What the store knows of a model's columns: their names, edges and categories."""

from collections.abc import Mapping, Sequence

from core.domain import LABEL_KEY, PREDICTION_KEY, Reference
from core.profiles.edges import UNIFORM
from core.profiles.relation import LABEL_DELAY
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement


def targets(spec: MonitorSpec) -> tuple[str, ...]:
    """Return which of the physical columns ``prediction`` and ``label`` the model has."""
    present = (("prediction", spec.columns.prediction), ("label", spec.columns.label))
    return tuple(physical for physical, column in present if column is not None)


def has_label_delay(spec: MonitorSpec) -> bool:
    """Say whether a model's rows can tell how late their labels come: it takes labels and event times."""
    return spec.columns.label is not None and spec.columns.timestamp is not None


def remember(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    *,
    edges: Mapping[str, Sequence[float]],
    categories: Mapping[str, Sequence[str]],
) -> None:
    """Keep the name of every physical column, and the reference's edges or categories of it.

    Columns that are known already stay as they are, so that what was counted keeps its meaning.
    """
    known = {
        physical
        for (physical,) in cursor.execute(
            "SELECT physical FROM profile_columns WHERE model_key = ?", [layout.key]
        ).fetchall()
    }
    lines: list[tuple[object, ...]] = [
        (physical, role, name, position, edges.get(physical), categories.get(physical))
        for position, (physical, role, name) in enumerate(_named(layout, spec))
        if physical not in known
    ]
    if not lines:
        return
    names = ("physicals", "roles", "names", "positions", "edges", "categories")
    values = {name: list(column) for name, column in zip(names, zip(*lines, strict=True), strict=True)}
    cursor.execute(statement("profiles_columns_add"), {"model_key": layout.key, **values})


def _named(layout: Layout, spec: MonitorSpec) -> list[tuple[str, str, str]]:
    """Return (physical, role, name) of every column that is profiled."""
    features = {**layout.numeric, **layout.categorical}
    named = [(physical, "feature", name) for name, physical in features.items()]
    named += [(physical, "score", name) for name, physical in layout.scores.items()]
    named += [
        (layout.attributions[column], "attribution", feature) for feature, column in spec.attributions.items()
    ]
    if has_label_delay(spec):
        named.append((LABEL_DELAY, "label_delay", LABEL_DELAY))
    key = {"prediction": PREDICTION_KEY, "label": LABEL_KEY}
    named += [(physical, physical, key[physical]) for physical in targets(spec)]
    if spec.columns.latency_ms is not None:
        named.append(("latency_ms", "latency", spec.columns.latency_ms))
    return named


def edges_of(layout: Layout, reference: Reference | None) -> Mapping[str, Sequence[float]]:
    """Return physical column → edges; a score without a reference is cut at every hundredth."""
    named = {**layout.numeric, **layout.scores, PREDICTION_KEY: "prediction", LABEL_KEY: "label"}
    found: dict[str, Sequence[float]] = dict.fromkeys(layout.scores.values(), UNIFORM)
    for name, cuts in (reference.edges if reference else {}).items():
        if name in named:
            found[named[name]] = cuts
    return found
