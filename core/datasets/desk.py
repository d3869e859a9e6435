"""The data-set chapter of the facade: how far one version of a data set lies from another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.parquet as pq

from core import comparison, watch
from core.config import Workspace
from core.datasets import files
from core.datasets.columns import columns_of
from core.datasets.files import Kept
from core.errors import Conflict, InvalidInput, Problem
from core.lineage.desk import Drawn, Lineage
from core.logs.upload import Upload
from core.ports import Clock
from core.spec import Columns, Features, MonitorSpec, ReferenceRule
from core.store import AnalyticsStore, StateStore, StoredMonitor
from core.views.datasets import DatasetDrift, DatasetFile, DatasetSide

MOST_ROWS = 5_000_000
"""Rows of a file that are compared while somebody waits."""
_MOST_RETRAINS = 1_000


class Datasets:
    """Compares versions of data sets whose Parquet files the workspace keeps; stores nothing.

    Parameters
    ----------
    lineage
        Knows versions, and the models that were made of them.
    store, state
        Where runs, retrainings and monitors are.
    workspace
        Whose folders hold the files.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        lineage: Lineage,
        store: AnalyticsStore,
        state: StateStore,
        workspace: Workspace,
        clock: Clock,
    ) -> None:
        self._lineage, self._store, self._state = lineage, store, state
        self._workspace, self._clock = workspace, clock
        # Two at once would hold twice the memory and be no sooner done.
        self._comparing = Lock()

    def files(self, drawn: Drawn, model: str | None = None) -> tuple[DatasetFile, ...]:
        """Return the versions on record, of one model or of all, and which of them can be asked about."""
        return tuple(
            DatasetFile(ref=one.ref, models=tuple(sorted(one.models)), missing=one.missing)
            for one in self._kept(drawn)
            if model is None or model in one.models
        )

    def drift(self, before: str, after: str) -> DatasetDrift:
        """Return how far ``after`` lies from ``before``, column by column, as a model that uses both looks.

        The features are those of a watched model that was made of both, and so is the policy that judges;
        predictions, scores, labels and times are not looked at. Numbers are those of a comparison of two
        files: all rows of ``after`` are one window, ``before`` is the reference.

        Parameters
        ----------
        before, after
            ``name@digest``, a digest (six digits or more), or a name that has one version.

        Raises
        ------
        NotFound
            No version is called so.
        Conflict
            The rows of one are not at hand, or no watched model was made of both.
        InvalidInput
            A text names several, or a file cannot be read or has too many rows.
        """
        with self._store.reading() as cursor:
            versions = self._kept(self._lineage.drawn(cursor))
        sides = files.named(versions, before), files.named(versions, after)
        monitor = self._monitor(*sides)
        paths = [_at_hand(side) for side in sides]
        schemas = [_schema(side, path) for side, path in zip(sides, paths, strict=True)]
        in_both = [name for name in schemas[1] if name in set(schemas[0])]
        features = _features(monitor)
        spec = _data_only(monitor.spec, features, in_both)
        old, new = (
            Upload(path=path, format="parquet", name=side.ref)
            for side, path in zip(sides, paths, strict=True)
        )
        now = self._clock.now()
        with self._comparing:
            rules = watch.policy_of(self._state, monitor)
            compared = comparison.compare_by(spec, rules, old, new, now=now)
        ours = (*features.numeric, *features.categorical)
        return DatasetDrift(
            at=now,
            model=monitor.spec.model,
            before=_side(sides[0], paths[0], compared.reference.profile.n),
            after=_side(sides[1], paths[1], sum(one.n for one in compared.profiles)),
            columns=columns_of(compared, spec),
            left_out=tuple(name for name in ours if name not in in_both),
            beside=tuple(name for name in in_both if name not in ours),
        )

    def _kept(self, drawn: Drawn) -> list[Kept]:
        return files.kept(drawn, self._state.retrains.every(limit=_MOST_RETRAINS), self._workspace)

    def _monitor(self, before: Kept, after: Kept) -> StoredMonitor:
        both = before.models & after.models
        watched = [one for one in self._state.list_monitors() if {one.spec.model, one.name} & both]
        if not watched:
            what = f"No watched model was made of both {before.ref} and {after.ref}"
            raise Conflict(
                what, hint="Features and limits are a model's: watch one that was trained on both."
            )
        return min(watched, key=lambda one: one.name)


def _at_hand(version: Kept) -> Path:
    if version.file is None:
        hint = (
            "trimtab retrain keeps its snapshots; data sets that are logged as artifacts stay with their run."
        )
        raise Conflict(f"The rows of {version.ref} are not at hand: {version.missing}", hint=hint)
    return version.file


def _schema(version: Kept, path: Path) -> Sequence[str]:
    """Return a file's columns; raises ``InvalidInput`` where it is no Parquet or too long."""
    try:
        found = pq.read_metadata(path)
        names: list[str] = found.schema.to_arrow_schema().names
    except (pa.ArrowException, OSError):
        problem = Problem(
            field="file", message="cannot be read as Parquet", remedy="log it as a Parquet file"
        )
        raise InvalidInput(version.ref, [problem]) from None
    if found.num_rows > MOST_ROWS:
        problem = Problem(
            field="rows",
            message=f"has {found.num_rows:,} rows; up to {MOST_ROWS:,} are compared",
            remedy="write a sample of each to a file, then trimtab compare",
        )
        raise InvalidInput(version.ref, [problem])
    return names


def _features(monitor: StoredMonitor) -> Features:
    layout = monitor.layout
    return monitor.spec.features or Features(
        numeric=tuple(layout.numeric), categorical=tuple(layout.categorical)
    )


def _data_only(spec: MonitorSpec, features: Features, in_both: Sequence[str]) -> MonitorSpec:
    """Return the spec of a model's inputs alone, those that both files have."""
    known = frozenset(in_both)
    kept = Features(
        numeric=tuple(name for name in features.numeric if name in known),
        categorical=tuple(name for name in features.categorical if name in known),
    )
    if not kept.numeric and not kept.categorical:
        raise Conflict(f"The two files have no feature of {spec.model} in common")
    nothing: Mapping[str, str] = {}
    return replace(
        spec,
        columns=Columns(),
        features=kept,
        reference=ReferenceRule(),
        sensitive=(),
        immutable=(),
        segments=(),
        seasonality=None,
        label_delay=timedelta(0),
        multivariate=(),
        attributions=nothing,
        attribution_pattern=None,
        source=None,
        labellable=(),
    )


def _side(version: Kept, path: Path, n_rows: int) -> DatasetSide:
    digest = files.sha256(path)
    return DatasetSide(ref=version.ref, n_rows=n_rows, sha256=digest, note=files.note(version, digest))
