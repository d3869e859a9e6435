"""What is measured from a sample of rows instead of profiles: only where a spec asks for it.

The rows of every window to be judged, and of the reference's own windows, are sampled once; what was
measured is kept beside a fingerprint of the window's rows, so that a window is measured again only when its
rows have changed. Late labels change no rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from core.domain import ALL_ROWS, Band, Measurement, Profile, Reference, Role
from core.metrics import multivariate
from core.metrics.catalogue import BY_NAME
from core.metrics.measure import BandKey
from core.metrics.multivariate import Fitted
from core.metrics.reading import Reading
from core.metrics.record import Record
from core.profiles import samples
from core.profiles.relation import Relation
from core.profiles.samples import Place, Sample
from core.profiles.windows import first_whole, read_state
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement

MEASURES = {
    "pca_reconstruction": multivariate.pca_reconstruction,
    "domain_classifier": multivariate.domain_classifier,
}

Readings: TypeAlias = Mapping[str, Reading]
"""Metric → reading of one window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Measurements of the windows, and how the same numbers behave over the reference's own windows."""

    measurements: tuple[Measurement, ...] = ()
    bands: Mapping[BandKey, Band]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A reading on record, and of which rows and by which method."""

    method: str
    fingerprint: str
    reading: Reading


NOTHING_SAMPLED = Sampled(bands={})


def measure_samples(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, reference: Reference, profiles: Sequence[Profile]
) -> Sampled:
    """Measure the closed windows among the profiles, and the reference's own windows if that is not done.

    Parameters
    ----------
    cursor
        Inside a writing transaction: new readings are kept.
    profiles
        The windows to judge, one per version.

    Returns
    -------
    Sampled
        Empty for a spec that names no such measure.
    """
    if not spec.multivariate:
        return NOTHING_SAMPLED
    study = _Study(cursor, layout, spec, reference)
    own = study.of_reference()
    closed = [profile for profile in profiles if profile.window.closed]
    return Sampled(measurements=tuple(study.of_windows(closed)), bands=_bands(own))


def kept_of_reference(cursor: Cursor, key: str, spec: MonitorSpec, reference: Reference) -> list[Measurement]:
    """Return what is on record of the reference's own windows; nothing before the model was first judged."""
    kept = _read(cursor, key, spec.multivariate, is_reference=True)
    return [
        one
        for profile in reference.windows
        for one in _as_measurements(
            spec, profile, {name: own.reading for name, own in kept.get(_place(profile), {}).items()}
        )
    ]


class _Study:
    """One run: the reference's sample is read and learnt from only if some window asks for it."""

    def __init__(self, cursor: Cursor, layout: Layout, spec: MonitorSpec, reference: Reference) -> None:
        self.cursor, self.layout, self.spec, self.reference = cursor, layout, spec, reference
        self._sample: Sample | None = None
        self._fitted: Fitted | None = None

    def of_reference(self) -> list[Measurement]:
        """Measure each of the reference's own windows against the rest of the reference.

        Its own rows are left out of what it is compared with: a later window is no part of the
        reference either, and a window that helped to set the standard would look too good.
        """
        own = self.reference.windows
        if not own:
            return []
        rows = samples.own_windows(self.layout, self.spec, self.reference)
        return self._measured(own, rows, is_reference=True)

    def of_windows(self, profiles: Sequence[Profile]) -> list[Measurement]:
        """Measure windows against the whole reference."""
        if not profiles:
            return []
        windows = list({profile.window.index: profile.window for profile in profiles}.values())
        rows = samples.current(self.cursor, self.layout, self.spec, windows)
        return self._measured(profiles, rows, is_reference=False)

    def _measured(
        self, profiles: Sequence[Profile], rows: Relation, *, is_reference: bool
    ) -> list[Measurement]:
        kept = _read(self.cursor, self.layout.key, self.spec.multivariate, is_reference=is_reference)
        prints = {**samples.fingerprints(self.cursor, rows), **({} if is_reference else self._pruned(kept))}
        known = {
            place: fresh
            for place in map(_place, profiles)
            if (fresh := _still_true(kept.get(place, {}), prints.get(place, ""), self.spec.multivariate))
        }
        missing = [profile for profile in profiles if _place(profile) not in known]
        if missing:
            measured = self._measure(missing, rows, is_reference=is_reference)
            self._keep(measured, prints, is_reference=is_reference)
            known |= measured
        return [
            one
            for profile in profiles
            for one in _as_measurements(self.spec, profile, known[_place(profile)])
        ]

    def _pruned(self, kept: Mapping[Place, Mapping[str, _Kept]]) -> dict[Place, str]:
        """Return the fingerprints of windows whose rows are gone: what was measured of them still holds."""
        whole = first_whole(self.spec, read_state(self.cursor, self.layout.key))
        return {
            place: own.fingerprint
            for place, readings in kept.items()
            for own in readings.values()
            if place[0] < whole
        }

    def _measure(
        self, profiles: Sequence[Profile], rows: Relation, *, is_reference: bool
    ) -> dict[Place, Readings]:
        indexes = ", ".join(str(index) for index, _ in map(_place, profiles))
        found = samples.read_samples(
            self.cursor, self.layout, self.spec, rows.only(f"{rows.w} IN ({indexes})")
        )
        nothing = samples.no_rows(self.spec)
        measured: dict[Place, Readings] = {}
        for place in map(_place, profiles):
            sample = found.get(place)
            fitted = self._rest(sample) if is_reference and sample is not None else self._whole()
            current = nothing if sample is None else sample.rows
            measured[place] = {name: MEASURES[name](fitted, current) for name in self.spec.multivariate}
        return measured

    def _whole(self) -> Fitted:
        if self._fitted is None:
            sample = self._reference_sample()
            self._fitted = multivariate.fit(samples.no_rows(self.spec) if sample is None else sample.rows)
        return self._fitted

    def _rest(self, sample: Sample) -> Fitted:
        everything = self._reference_sample()
        return self._whole() if everything is None else multivariate.fit(everything.without(sample))

    def _reference_sample(self) -> Sample | None:
        if self._sample is None:
            rows = samples.whole_reference(self.layout, self.spec)
            found = samples.read_samples(self.cursor, self.layout, self.spec, rows)
            self._sample = next(iter(found.values()), None)
        return self._sample

    def _keep(
        self, measured: Mapping[Place, Readings], prints: Mapping[Place, str], *, is_reference: bool
    ) -> None:
        """Put readings on record instead of those of the same windows."""
        lines = [
            (place, name, prints.get(place, ""), reading)
            for place, readings in measured.items()
            for name, reading in readings.items()
        ]
        key = {"model_key": self.layout.key, "is_reference": is_reference}
        self.cursor.execute(
            "DELETE FROM sampled_readings WHERE model_key = $model_key AND is_reference = $is_reference"
            " AND list_contains($indexes, window_index)",
            {**key, "indexes": sorted({index for index, _ in measured})},
        )
        self.cursor.execute(
            statement("samples_add"),
            {
                **key,
                "indexes": [place[0] for place, _, _, _ in lines],
                "versions": [place[1] for place, _, _, _ in lines],
                "metrics": [name for _, name, _, _ in lines],
                "methods": [BY_NAME[name].method for _, name, _, _ in lines],
                "fingerprints": [fingerprint for _, _, fingerprint, _ in lines],
                "ns": [reading.n for *_, reading in lines],
                "ns_reference": [reading.n_reference for *_, reading in lines],
                "values": [reading.value for *_, reading in lines],
                "lows": [reading.low for *_, reading in lines],
                "highs": [reading.high for *_, reading in lines],
                "reasons": [reading.reason for *_, reading in lines],
            },
        )


def _place(profile: Profile) -> Place:
    index = profile.window.index
    return (0 if index is None else index, profile.version)


def _read(
    cursor: Cursor, key: str, metrics: Sequence[str], *, is_reference: bool
) -> Mapping[Place, Mapping[str, _Kept]]:
    found: dict[Place, dict[str, _Kept]] = {}
    asked = {"model_key": key, "is_reference": is_reference, "metrics": list(metrics)}
    for row in cursor.execute(statement("samples_readings"), asked).fetchall():
        index, version, metric, method, fingerprint, n, n_reference, value, low, high, reason = row
        reading = Reading(value, n, low=low, high=high, n_reference=n_reference, reason=reason)
        found.setdefault((index, version), {})[metric] = _Kept(method, fingerprint, reading)
    return found


def _still_true(kept: Mapping[str, _Kept], fingerprint: str, metrics: Sequence[str]) -> Readings | None:
    """Return the readings on record if they are all there, of the same rows and by the same method."""
    same = {
        name: one.reading
        for name, one in kept.items()
        if one.fingerprint == fingerprint and one.method == BY_NAME[name].method
    }
    return same if all(name in same for name in metrics) else None


def _as_measurements(
    spec: MonitorSpec, profile: Profile, readings: Mapping[str, Reading]
) -> list[Measurement]:
    record = Record(spec, profile)
    for name in spec.multivariate:
        if name in readings:
            record.add(name, Role.FEATURE, readings[name])
    return record.measurements


def _bands(own: Sequence[Measurement]) -> Mapping[BandKey, Band]:
    found: dict[BandKey, Band] = {}
    for name in MEASURES:
        values = [one.value for one in own if one.metric == name and one.value is not None]
        if values:
            band = Band(mean=float(np.mean(values)), sd=float(np.std(values)), n_windows=len(values))
            found[name, Role.FEATURE, None, ALL_ROWS] = band
    return found
