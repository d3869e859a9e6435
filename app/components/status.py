"""Badges: a status is always glyph, word and colour."""

from datetime import datetime
from typing import Literal

import streamlit as st

from app import formats
from app.palette import HEALTH_GLYPHS, HEALTH_WORDS, STATUS_HEALTH, STATUS_WORDS
from core.domain import Health, Status

BadgeColor = Literal["red", "yellow", "green", "gray", "blue", "violet"]

HEALTH_COLORS: dict[Health, BadgeColor] = {
    Health.CRITICAL: "red",
    Health.WATCH: "yellow",
    Health.HEALTHY: "green",
    Health.UNKNOWN: "gray",
}


def health_text(health: Health) -> str:
    """Return "■ Critical" and its like."""
    return f"{HEALTH_GLYPHS[health]} {HEALTH_WORDS[health]}"


def status_text(status: Status) -> str:
    """Return a verdict's glyph and word."""
    return f"{HEALTH_GLYPHS[STATUS_HEALTH[status]]} {STATUS_WORDS[status]}"


def health_badge(health: Health) -> None:
    """Show a model's state."""
    st.badge(health_text(health), color=HEALTH_COLORS[health])


def status_markup(status: Status | None) -> str:
    """Return a verdict as a badge inside Markdown."""
    if status is None:
        return ":gray[not judged]"
    return f":{HEALTH_COLORS[STATUS_HEALTH[status]]}-badge[{status_text(status)}]"


def version_badge(version: str | None, alias: str) -> None:
    """Show which version has an alias; nothing where none has."""
    if version is not None:
        color: BadgeColor = "violet" if alias == "challenger" else "blue"
        st.badge(f"{alias} {formats.plain(formats.version(version))}", icon=":material/flag:", color=color)


def age_badge(stale_since: datetime | None) -> None:
    """Say that what is shown is older than it should be."""
    if stale_since is not None:
        st.badge(
            f"Stale: nothing judged since {formats.when(stale_since)}",
            icon=":material/history:",
            color="yellow",
        )
