"""What windows are compared with: all that follows from a pinned reference, by segment and season."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.domain import Band, Measurement, Profile, Reference, Segment
from core.metrics.measure import BandKey, Estimator, bands, calibrate, constant_columns, measure
from core.metrics.seasonal import seasonal_bands
from core.metrics.serial import Memory, MemoryKey, memories
from core.policy.evidence import key_of
from core.profiles import reference as references
from core.profiles import windows
from core.profiles.seasons import Slot, by_season, silent_windows
from core.spec import Layout, MonitorSpec
from core.store import Cursor, StoredMonitor
from core.why.questions import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a model's windows are compared with: the pinned reference and all that follows from it.

    ``segments`` is the same of the spec's segments, ``seasons`` that of the reference's windows of each
    weekday or hour where the spec names a seasonality. ``n_silent`` counts the reference's windows without
    a row, known of seasons only, ``memories`` say how alike its neighbouring windows are, of no season.
    """

    reference: Reference
    bands: Mapping[BandKey, Band]
    estimator: Estimator | None
    constant_columns: frozenset[str]
    measurements: Mapping[BandKey, Measurement]
    segments: Mapping[Segment, "Basis"] = field(default_factory=dict)
    seasons: Mapping[Slot, "Basis"] = field(default_factory=dict)
    n_silent: int = 0
    memories: Mapping[MemoryKey, Memory] = field(default_factory=dict)

    @classmethod
    def of(cls, pinned: Reference, spec: MonitorSpec) -> "Basis":
        """Derive limits, estimator and constants from a pinned reference."""
        estimator = calibrate(pinned, spec)
        whole = measure(pinned.profile, pinned, spec, estimator)
        return cls(
            reference=pinned,
            bands=bands(pinned, spec),
            estimator=estimator,
            constant_columns=constant_columns(pinned),
            measurements={key_of(m): m for m in whole if not m.estimated},
            segments={segment: cls.of(own, spec) for segment, own in pinned.segments.items()},
            seasons=_seasons(pinned, spec),
            memories=memories(pinned, spec),
        )

    @property
    def parts(self) -> tuple["Basis", ...]:
        """The basis of all rows, then that of each segment."""
        return (self, *self.segments.values())

    def of_segment(self, segment: Segment) -> "Basis":
        """Return what a segment is compared with; one that the reference lacks has an empty reference."""
        if not segment.pairs:
            return self
        return self.segments.get(segment) or self._nothing(segment)

    def in_season(self, slot: Slot | None) -> "Basis":
        """Return what windows of a season are compared with; a season that the reference lacks has none."""
        if slot is None:
            return self
        part = self.seasons.get(slot) or self._nothing(self.reference.profile.segment)
        # What is constant, and what a score promises, is known best from the whole.
        return replace(
            part,
            constant_columns=self.constant_columns,
            estimator=self.estimator,
            segments={segment: own.in_season(slot) for segment, own in self.segments.items()},
        )

    def ground(self, cursor: Cursor, layout: Layout, spec: MonitorSpec) -> Ground:
        """Return what a change of the model is explained by."""
        return Ground(
            layout=layout,
            spec=spec,
            origin=windows.read_state(cursor, layout.key).origin,
            reference=self.reference,
            calibration=None if self.estimator is None else self.estimator.score,
        )

    def _nothing(self, segment: Segment) -> "Basis":
        empty = emptied(self.reference.profile, segment)
        reference = replace(self.reference, profile=empty, windows=(), segments={})
        return replace(
            self,
            reference=reference,
            bands={},
            estimator=None,
            constant_columns=frozenset(),
            measurements={},
            segments={},
            seasons={},
            memories={},
        )


def _seasons(pinned: Reference, spec: MonitorSpec) -> Mapping[Slot, Basis]:
    if spec.seasonality is None:
        return {}
    seasons = by_season(pinned, spec.seasonality)
    limits = seasonal_bands(seasons, spec)
    silent = silent_windows(pinned, spec.seasonality, spec.window.every) if spec.window.every else {}
    nothing = emptied(pinned.profile, pinned.profile.segment)
    empty = replace(pinned, profile=nothing, windows=(), segments={})
    found: dict[Slot, Basis] = {}
    for slot in {*seasons, *silent}:
        own = seasons.get(slot, empty)
        whole = measure(own.profile, own, spec, None) if own.profile.n else []
        found[slot] = Basis(
            reference=own,
            bands=limits.get(slot, {}),
            estimator=None,
            constant_columns=frozenset(),
            measurements={key_of(m): m for m in whole},
            n_silent=silent.get(slot, 0),
        )
    return found


def emptied(profile: Profile, segment: Segment) -> Profile:
    """Return a profile of no rows in the place of another."""
    return replace(
        profile, n=0, n_labelled=0, n_errors=0, numeric={}, categorical={}, scores={}, predictions=None,
        labels=None, latency=None, outcomes=None, class_scores=None, attributions={}, segment=segment,
        n_unlabellable=0, label_delay=None, refused={},
    )  # fmt: skip


class Bases:
    """What every model is compared with, derived once for each spec and pinned reference."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[StoredMonitor, Basis]] = {}

    def of(self, cursor: Cursor, monitor: StoredMonitor) -> Basis | None:
        """Return the basis of a model; None where no reference is pinned."""
        return self.of_pinned(cursor, monitor, references.digest(cursor, monitor.key))

    def of_pinned(self, cursor: Cursor, monitor: StoredMonitor, digest: str | None) -> Basis | None:
        """Return the basis of a model whose pinned reference's digest is known; None for none."""
        if digest is None:
            return None
        known = self._known.get(monitor.key)
        if known is not None and known[0] == monitor and known[1].reference.digest == digest:
            return known[1]
        pinned = references.load(cursor, monitor.key)
        if pinned is None:
            return None
        basis = Basis.of(pinned, monitor.spec)
        self._known[monitor.key] = (monitor, basis)
        return basis

    def forget(self, key: str) -> None:
        """Derive a model's basis anew when it is next asked for."""
        self._known.pop(key, None)
