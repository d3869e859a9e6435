"""Rows measured as the product measures them: counted by DuckDB, and, beside it, read back and exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.domain import ALL_ROWS, Measurement, Profile, Segment
from core.metrics.exact import measure_exact
from core.metrics.measure import calibrate, measure, measure_fairness
from core.profiles import rows, windows
from core.spec import MonitorSpec
from core.store import AnalyticsStore
from core.watch import pin_reference
from tests.unit.profiles.stream import DAY, START, Stream, moments

Table = Mapping[str, np.ndarray]
"""Columns by name: features, ``score``, ``prediction``, ``label``, ``<sensitive>_group``, ``status`` and
``latency_ms``; NaN or None is no value."""

OUTSIDE_THE_PROFILE = frozenset({"error_rate"})
"""Rows do not hold the status: the exact way leaves it to the profile's count."""


@dataclass(frozen=True)
class Measured:
    """One window, both ways, with the rows that it was made of."""

    reference: Table
    current: Table
    spec: MonitorSpec
    profile: Profile
    from_profile: Mapping[tuple[object, ...], Measurement]
    from_rows: Mapping[tuple[object, ...], Measurement]

    def ways(
        self,
        metric: str,
        feature: str | None = None,
        segment: Segment = ALL_ROWS,
        *,
        estimated: bool = False,
    ) -> list[Measurement]:
        """The measurement from the profile and the one from rows."""
        key = (metric, feature, segment, estimated)
        found = [self.from_profile[key]]
        return found if metric in OUTSIDE_THE_PROFILE else [*found, self.from_rows[key]]

    def values(
        self,
        metric: str,
        feature: str | None = None,
        segment: Segment = ALL_ROWS,
        *,
        estimated: bool = False,
    ) -> list[float]:
        """Its value both ways."""
        found = [one.value for one in self.ways(metric, feature, segment, estimated=estimated)]
        return [value for value in found if value is not None]

    def crossed(
        self, by: Sequence[str], against: str | None = None
    ) -> Mapping[tuple[object, ...], Measurement]:
        """What is measured of the groups of some sensitive columns crossed."""
        return _keyed(measure_fairness(self.profile, by, self.spec, against=against))


def both_ways(reference: Table, current: Table, spec: MonitorSpec) -> Measured:
    """Store, pin, profile and measure; then read the rows back and measure those."""
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        stream = Stream(cursor, spec)
        n_before, n = (len(next(iter(table.values()))) for table in (reference, current))
        stream.add_reference(moments(n_before, start=START - DAY), **_lists(reference))
        pinned = pin_reference(cursor, stream.layout, spec, now=START)
        stream.start()
        columns = {name: values for name, values in current.items() if name != "label"}
        ids = stream.add(moments(n), **_lists(columns))
        if "label" in current:
            known = [
                (i, label)
                for i, label in zip(ids, _lists(current)["label"], strict=True)
                if label is not None
            ]
            stream.label([i for i, _ in known], [label for _, label in known])
        (profile,) = [one for one in stream.run(pinned, now=START + 2 * DAY) if one.n]
        state = windows.read_state(cursor, stream.layout.key)
        before = rows.read_reference_rows(cursor, stream.layout, spec)
        now = rows.read_rows(cursor, stream.layout, spec, state, profile.window.index)
    store.close()
    profile = replace(profile, window=replace(profile.window, closed=True))
    return Measured(
        reference=reference,
        current=current,
        spec=spec,
        profile=profile,
        from_profile=_keyed(measure(profile, pinned, spec, calibrate(pinned, spec))),
        from_rows=_keyed(measure_exact(now, before, spec, window=profile.window, version=profile.version)),
    )


def _lists(table: Table) -> dict[str, list[object]]:
    return {
        name: [None if gone else value for value, gone in zip(values.tolist(), pd.isna(values), strict=True)]
        for name, values in table.items()
    }


def _keyed(found: Sequence[Measurement]) -> Mapping[tuple[object, ...], Measurement]:
    keyed = {(one.metric, one.feature, one.segment, one.estimated): one for one in found}
    assert len(keyed) == len(found)
    return keyed
