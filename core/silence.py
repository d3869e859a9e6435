"""How long has a model been silent? By the wall clock, of the latest window; suppresses nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from core.domain import Measurement, Profile, Role, Window
from core.metrics import quality
from core.metrics.record import Record
from core.spec import MonitorSpec


def rhythm(spec: MonitorSpec, windows: Sequence[Window]) -> timedelta | None:
    """Return how long a window lasts: as the spec says, or as full ones usually do; None if unknown."""
    if spec.window.every is not None:
        return spec.window.every
    spans = [(one.end - one.start).total_seconds() for one in windows if one.closed and one.start and one.end]
    usual = median(spans) if spans else 0.0
    return timedelta(seconds=usual) if usual > 0 else None


def measure_silence(
    spec: MonitorSpec,
    windows: Sequence[Window],
    profiles: Sequence[Profile],
    *,
    latest: datetime | None,
    now: datetime,
) -> list[Measurement]:
    """Measure the staleness of a model, of the version with most rows in its latest window.

    Parameters
    ----------
    windows
        All windows of the model.
    profiles
        Those being judged; without the latest window there is nothing to say.
    latest
        The newest event; None for rows without times.
    """
    usual = rhythm(spec, windows)
    last = max((one.index for one in windows if one.index is not None), default=None)
    own = [one for one in profiles if one.window.index == last and one.n > 0 and not one.segment.pairs]
    if not own or latest is None or usual is None:
        return []
    profile = max(own, key=lambda one: one.n)
    record = Record(spec, profile)
    silence = max(now - latest, timedelta(0)).total_seconds()
    reading = quality.staleness(silence, usual.total_seconds(), profile.n)
    record.add("staleness", Role.OPERATIONS, reading)
    return record.measurements


def is_silent(
    spec: MonitorSpec,
    windows: Sequence[Window],
    kept: Mapping[int, float | None],
    *,
    latest: datetime | None,
    now: datetime,
) -> bool:
    """Say whether a whole window's length has passed since the staleness of the latest window was measured.

    Parameters
    ----------
    kept
        The staleness on record, by window; of the latest window at least.
    """
    usual = rhythm(spec, windows)
    last = max((one.index for one in windows if one.index is not None), default=None)
    if latest is None or usual is None or last is None or last not in kept:
        return False
    return kept[last] != max(now - latest, timedelta(0)) // usual
