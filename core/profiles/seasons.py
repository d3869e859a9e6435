"""Seasons: the reference's own windows of one weekday or hour, added up to a reference of their own. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from core.domain import Profile, Reference, Window
from core.profiles.merge import merge_all
from core.spec import Seasonality

Slot: TypeAlias = str
"""What windows of one season share: "Monday", "14:00" or "Monday 14:00", UTC."""


def slot_of(window: Window, seasonality: Seasonality) -> Slot | None:
    """Return the season of a window, told by its middle; None for a window without times.

    The middle, so that windows that begin a minute before midnight count for the day that they cover.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> start = datetime(2024, 1, 1, tzinfo=UTC)
    >>> slot_of(Window(index=0, start=start, end=start + timedelta(days=1)), Seasonality.WEEKDAY)
    'Monday'
    >>> slot_of(Window(index=0, start=start, end=start + timedelta(hours=1)), Seasonality.WEEKDAY_HOUR)
    'Monday 00:00'
    """
    if window.start is None or window.end is None:
        return None
    middle: datetime = window.start + (window.end - window.start) / 2
    day, hour = f"{middle:%A}", f"{middle:%H}:00"
    return {Seasonality.WEEKDAY: day, Seasonality.HOUR: hour}.get(seasonality, f"{day} {hour}")


def silent_windows(reference: Reference, seasonality: Seasonality, every: timedelta) -> Mapping[Slot, int]:
    """Return how many of the reference's windows of each season have no row; seasons without are left out.

    A shop that is closed on Saturdays has no Saturdays in its reference: that is no lack of traffic.
    """
    if reference.start is None or not reference.windows:
        return {}
    first = min(profile.window.index or 0 for profile in reference.windows)
    starts = (reference.start + i * every for i in range(-first))
    slots = Counter(slot_of(Window(index=None, start=at, end=at + every), seasonality) for at in starts)
    busy = Counter(slot_of(profile.window, seasonality) for profile in reference.windows)
    return {slot: n for slot, n in (slots - busy).items() if slot is not None}


def by_season(reference: Reference, seasonality: Seasonality) -> Mapping[Slot, Reference]:
    """Return, for every season that the reference's own windows know, the reference that they make.

    Edges and categories are those of the whole, so that profiles are comparable with either.
    """
    windows: dict[Slot, list[Profile]] = defaultdict(list)
    for profile in reference.windows:
        slot = slot_of(profile.window, seasonality)
        if slot is not None:
            windows[slot].append(profile)
    return {
        slot: replace(reference, profile=merge_all(own), windows=tuple(own), segments={})
        for slot, own in windows.items()
    }
