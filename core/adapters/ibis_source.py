"""Logs that stay where they lie, counted by their own engine through Ibis.

The same aggregation as :mod:`core.profiles.aggregates` does in DuckDB, as expressions that Ibis turns
into the SQL of Spark or of a warehouse. Only counts and sums come home; class texts are made canonical
here, so that no engine's way of writing a number matters.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.adapters import ibis_door
from core.adapters.ibis_view import MISSING, View, score_bin
from core.domain import Task
from core.errors import Conflict, NotFound, TrimtabError, Unavailable
from core.log_source import Census, Extent, NumericCount, OutcomeCount, Question, ValueCount
from core.logs.classes import canonical
from core.sources import SourceSettings
from core.spec import SourceRule

AT_ONCE = 8
"""Columns counted in one statement: engines that compile a plan choke on thousands of branches."""

_LONGEST_CAUSE = 300


class IbisSource:
    """One table of predictions behind one connection.

    Parameters
    ----------
    settings
        The connection, from ``[sources]`` of trimtab.toml.
    table
        Its table: ``name``, ``database.name``, or a name under the connection's ``tables``.
    environment
        Where ``${NAME}`` in the connection's options is looked up.
    """

    def __init__(self, settings: SourceSettings, table: str, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._table = table
        self._environment = environment
        self._connection: Any = None
        self._lock = threading.Lock()

    # ---------------------------------------------------------------- questions

    def columns(self) -> Mapping[str, str]:
        """Return column → kind: numeric, categorical, time or other."""
        with self._door() as table:
            return {name: _kind(dtype) for name, dtype in table.schema().items()}

    def extent(self, question: Question) -> Extent:
        """Return from when to when there are rows, and which cannot be used."""
        with self._door() as table:
            view = View(table, question)
            counts = {f"n{i}": condition.sum() for i, condition in enumerate(view.faults.values())}
            (faulty,) = self._fetch(table.aggregate(**counts)) if counts else ({},)
            seconds = view.usable.select(at=view.seconds)
            (ends,) = self._fetch(seconds.aggregate(first=seconds.at.min(), last=seconds.at.max()))
        return Extent(
            first=_moment(ends["first"]),
            last=_moment(ends["last"]),
            unusable={name: int(faulty[f"n{i}"]) for i, name in enumerate(view.faults) if faulty[f"n{i}"]},
        )

    def census(self, question: Question) -> Sequence[Census]:
        """Return the rows of every window and version."""
        with self._door() as table:
            view = View(table, question)
            placed = view.placed({"label": view.label(), "failed": view.failed()})
            grouped = placed.group_by("w", "v")
            found = self._fetch(
                grouped.agg(n=placed.count(), n_labelled=placed.label.count(), n_failed=placed.failed.sum())
            )
        return [
            Census(
                window=one["w"],
                version=_plain(one["v"]),
                n=one["n"],
                n_labelled=one["n_labelled"],
                n_errors=one["n_failed"] or 0,
            )
            for one in found
        ]

    def numbers(self, question: Question, edges: Mapping[str, Sequence[float]]) -> Sequence[NumericCount]:
        """Count numeric columns on ascending edges."""
        counts: list[NumericCount] = []
        named = list(edges.items())
        with self._door() as table:
            view = View(table, question)
            for start in range(0, len(named), AT_ONCE):
                chunk = named[start : start + AT_ONCE]
                parts = [view.binned(name, cuts, place) for place, (name, cuts) in enumerate(chunk)]
                counts += [
                    NumericCount(
                        column=chunk[one["place"]][0],
                        window=one["w"],
                        version=_plain(one["v"]),
                        bin=one["bin"],
                        n=one["n"],
                        total=one["total"] or 0.0,
                        squares=one["squares"] or 0.0,
                        low=one["low"],
                        high=one["high"],
                    )
                    for one in self._fetch(ibis_door.union(parts))
                ]
        return counts

    def values(self, question: Question, columns: Sequence[str]) -> Sequence[ValueCount]:
        """Count the values of columns."""
        counts: list[ValueCount] = []
        with self._door() as table:
            view = View(table, question)
            for name in columns:
                placed = view.placed({"value": view.column(name)})
                found = self._fetch(placed.group_by("w", "v", "value").agg(n=placed.count()))
                counts += [
                    ValueCount(
                        column=name,
                        window=one["w"],
                        version=_plain(one["v"]),
                        value=_class_text(one["value"]),
                        n=one["n"],
                    )
                    for one in found
                ]
        return counts

    def outcomes(self, question: Question, score_edges: Sequence[float]) -> Sequence[OutcomeCount]:
        """Count what was predicted and what came true, by sensitive values and score bin."""
        spec = question.spec
        groups = [f"g{i}" for i in range(len(spec.sensitive))]
        with self._door() as table:
            view = View(table, question)
            wanted = {place: view.column(name) for place, name in zip(groups, spec.sensitive, strict=True)}
            wanted |= view.errors() if spec.task is Task.REGRESSION else view.classes()
            placed = view.placed(wanted | {"s": view.score()})
            placed = placed.mutate(score_bin=score_bin(placed.s, score_edges))
            keys = ["w", "v", *groups, "score_bin"]
            keys += [] if spec.task is Task.REGRESSION else ["label", "prediction"]
            found = self._fetch(placed.group_by(*keys).agg(**_sums(placed, spec.task)))
        return [_outcome(one, groups, spec.task) for one in found]

    def rows(self, question: Question, folder: Path) -> Path:
        """Copy the reference's rows (its ``where`` or ``first``) into ``folder`` as Parquet."""
        from pyarrow import parquet

        with self._door() as table:
            found = ibis_door.fetch(self._connection, View(table, question).reference())
            path = folder / "reference-rows.parquet"
            parquet.write_table(found, path)
        return path

    # ---------------------------------------------------------------- connection

    @contextmanager
    def _door(self) -> Iterator[Any]:
        """Give the table to one caller at a time; what the engine says comes out in our words."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = ibis_door.connect(self._settings, self._environment)
                yield ibis_door.table(self._connection, self._settings, self._table)
            except TrimtabError:
                raise
            except ibis_door.failures() as error:
                self._connection = None
                cause = " ".join(str(error).split())[:_LONGEST_CAUSE] or type(error).__name__
                raise Unavailable(
                    f"The source '{self._settings.name}'",
                    cause,
                    hint="Check its entry under [sources] in trimtab.toml, and that its engine runs.",
                ) from error

    def _fetch(self, expression: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ibis_door.fetch(self._connection, expression).to_pylist()
        return found


class IbisSources:
    """The tables behind a workspace's connections; each is opened once."""

    def __init__(self, settings: Sequence[SourceSettings], environment: Mapping[str, str]) -> None:
        self._settings = {one.name: one for one in settings}
        self._environment = environment
        self._open: dict[tuple[str, str], IbisSource] = {}

    def __call__(self, rule: SourceRule) -> IbisSource:
        """Return a table.

        Raises
        ------
        NotFound
            There is no connection of that name.
        Conflict
            The connection is one to another engine.
        """
        # An engine without options needs no entry: Spark's own defaults, say.
        settings = self._settings.get(rule.connection)
        if settings is None:
            if rule.connection != rule.backend:
                hint = f"Add [sources.{rule.connection}] to trimtab.toml."
                raise NotFound("source", rule.connection, hint=hint)
            settings = SourceSettings(name=rule.connection, backend=rule.backend)
        if settings.backend != rule.backend:
            raise Conflict(
                f"The source '{rule.connection}' is {settings.backend}, the spec says {rule.backend}",
                hint="Make source.backend in the spec and [sources] in trimtab.toml agree.",
            )
        return self._open.setdefault(
            (rule.connection, rule.table), IbisSource(settings, rule.table, self._environment)
        )


def _kind(dtype: Any) -> str:
    if dtype.is_numeric():
        return "numeric"
    if dtype.is_boolean() or dtype.is_string():
        return "categorical"
    return "time" if dtype.is_timestamp() or dtype.is_date() else "other"


def _sums(rows: Any, task: Task) -> dict[str, Any]:
    found = {"n": rows.count(), "s1": rows.s.sum(), "s2": (rows.s * rows.s).sum()}
    if task is Task.REGRESSION:
        e, t = rows.e, rows.t
        found |= {"n_errors": e.count(), "e1": e.sum(), "e_abs": e.abs().sum(), "e2": (e * e).sum()}
        found |= {"t1": t.sum(), "t_abs": t.abs().sum(), "t2": (t * t).sum()}
    return found


def _outcome(one: Mapping[str, Any], groups: Sequence[str], task: Task) -> OutcomeCount:
    label = prediction = None
    n_labelled = one.get("n_errors", 0)
    if task is not Task.REGRESSION:
        label, prediction = _class_text(one["label"]), _class_text(one["prediction"])
        n_labelled = 0 if label is None else one["n"]
    sums = (one.get(name) or 0.0 for name in ("s1", "s2", "e1", "e_abs", "e2", "t1", "t_abs", "t2"))
    return OutcomeCount(
        window=one["w"],
        version=_plain(one["v"]),
        groups=tuple(_class_text(one[name]) for name in groups),
        label=label,
        prediction=prediction,
        score_bin=one["score_bin"],
        sums=(float(one["n"]), float(n_labelled), *map(float, sums)),
    )


def _class_text(value: object) -> str | None:
    """Return a canonical class text; None for what counts as missing."""
    if isinstance(value, Decimal):
        value = float(value)
    if value is None or value != value or (isinstance(value, str) and value in MISSING):  # noqa: PLR0124 - NaN
        return None
    return canonical(value)


def _plain(value: object) -> str | None:
    """Return a version's text as it stands, whole numbers without decimals."""
    if isinstance(value, str):
        return None if value in MISSING else value
    return _class_text(value)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
