"""Readings of one window → measurements of one model version, or values of many windows."""

from collections import defaultdict
from typing import Protocol, TypeAlias

from core.domain import ALL_ROWS, Baseline, Measurement, Profile, Role, Segment
from core.metrics.catalogue import BY_NAME, ESTIMATED_METHOD
from core.metrics.reading import Reading
from core.spec import MonitorSpec

BandKey: TypeAlias = tuple[str, Role, str | None, Segment]
"""Metric, role, feature and segment: what makes numbers of different windows comparable."""


class Sink(Protocol):
    """Where readings of a window go."""

    def add(
        self,
        metric: str,
        role: Role,
        reading: Reading,
        *,
        feature: str | None = None,
        segment: Segment = ALL_ROWS,
        estimated: bool = False,
    ) -> None:
        """Add one reading; ``segment`` is a group within the window's own rows."""


class Values:
    """Collects what was measured of many windows, values alone, by what makes them comparable."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self.by_key: defaultdict[BandKey, list[float]] = defaultdict(list)

    def add(
        self,
        metric: str,
        role: Role,
        reading: Reading,
        *,
        feature: str | None = None,
        segment: Segment = ALL_ROWS,
        estimated: bool = False,
    ) -> None:
        """Keep a value that was measured; an estimate, or none, is left out."""
        if reading.value is not None and not estimated:
            self.by_key[metric, role, feature, segment if segment.pairs else self._segment].append(
                reading.value
            )


class Record:
    """Collects the measurements of one profile; knows the model, the version and the window."""

    def __init__(self, spec: MonitorSpec, profile: Profile, *, baseline: Baseline = "fixed") -> None:
        self._model = spec.model
        self._version = profile.version
        self._window = profile.window
        self._n_unlabellable = profile.n_unlabellable
        self._segment = profile.segment
        self._baseline: Baseline = baseline
        self.measurements: list[Measurement] = []

    def add(
        self,
        metric: str,
        role: Role,
        reading: Reading,
        *,
        feature: str | None = None,
        segment: Segment = ALL_ROWS,
        estimated: bool = False,
    ) -> None:
        """Add one measurement; method and unit come from the catalogue.

        ``segment`` is a group within the profile's own rows.
        """
        info = BY_NAME[metric]
        self.measurements.append(
            Measurement(
                model=self._model,
                version=self._version,
                metric=metric,
                role=role,
                window=self._window,
                n=reading.n,
                value=reading.value,
                method=(reading.method or (ESTIMATED_METHOD if estimated else info.method))
                + self._left_out(role, estimated=estimated),
                unit=info.unit,
                feature=feature,
                segment=segment if segment.pairs else self._segment,
                low=reading.low,
                high=reading.high,
                estimated=estimated,
                n_reference=reading.n_reference,
                p_value=reading.p_value,
                reason=reading.reason,
                baseline=self._baseline,
            )
        )

    def _left_out(self, role: Role, *, estimated: bool) -> str:
        """Name the rows that a number from labels can never speak of."""
        if not self._n_unlabellable or estimated or role not in {Role.PERFORMANCE, Role.LABEL}:
            return ""
        return f"; without {self._n_unlabellable:,} rows that can never be labelled"
