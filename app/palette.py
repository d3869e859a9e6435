"""The colours of both themes, by what they mean. The same values stand in .streamlit/config.toml."""

from dataclasses import dataclass

import streamlit as st

from core.domain import Health, Status

FONT = "Inter, sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """One theme's colours.

    ``steps`` colour a drift distance below its limit, lightest first; ``fail_steps`` one that fails, and
    ``beyond`` one over a limit by which it was not judged. ``outside``, ``crosses`` and ``inside`` are ground
    and ink of what lies so to a band; ``blues`` ascend, ``categories`` tell lines apart.
    """

    text: str
    muted: str
    grid: str
    border: str
    background: str
    panel: str
    primary: str
    interval: str
    critical: str
    critical_tint: str
    watch: str
    watch_tint: str
    healthy: str
    unknown: str
    reference: str
    second: str
    hover: str
    steps: tuple[str, str, str]
    fail_steps: tuple[str, str]
    beyond: tuple[str, str]
    on_beyond: tuple[str, str]
    trouble: tuple[str, ...]
    on_trouble: tuple[str, ...]
    on_fail: str
    on_watch: str
    outside: tuple[str, str]
    crosses: tuple[str, str]
    inside: tuple[str, str]
    blues: tuple[str, ...]
    categories: tuple[str, ...]


_CATEGORIES = ("#E39544", "#287B63", "#CC255D", "#49B0E9", "#8E7520", "#7F5BCE", "#6D7B8B")

LIGHT = Palette(
    text="#0A121C",
    muted="#566172",
    grid="#E9EDF2",
    border="#DCE2EA",
    background="#FFFFFF",
    panel="#F4F6F9",
    primary="#1F5FA8",
    interval="rgba(31,95,168,0.14)",
    critical="#A8321C",
    critical_tint="rgba(168,50,28,0.06)",
    watch="#C28A00",
    watch_tint="rgba(194,138,0,0.16)",
    healthy="#116466",
    unknown="#8B95A5",
    reference="#B3BDCA",
    second="#E39544",
    hover="#FFFFFF",
    steps=("#EEF3F9", "#DCE7F3", "#BFD3E8"),
    fail_steps=("#C9523A", "#9B2612"),
    beyond=("#7FA8D6", "#1F5FA8"),
    on_beyond=("#0A121C", "#FFFFFF"),
    trouble=("#F4F6F9", "#F6DDD6", "#E8B3A5", "#D37E6A", "#BC533D", "#9B2612"),
    on_trouble=("#0A121C", "#0A121C", "#0A121C", "#0A121C", "#FFFFFF", "#FFFFFF"),
    on_fail="#FFFFFF",
    on_watch="#2B1F00",
    outside=("#A8321C", "#FFFFFF"),
    crosses=("#FDF1D3", "#7A4F00"),
    inside=("#DDF1EF", "#0B5F5F"),
    blues=("#BFD3E8", "#7FA8D6", "#3D79BD", "#1F5FA8", "#0F3866"),
    categories=_CATEGORIES,
)

DARK = Palette(
    text="#E8EDF3",
    muted="#A3B0BF",
    grid="#1E2B3A",
    border="#2A3848",
    background="#0E1621",
    panel="#172230",
    primary="#6FA1E8",
    interval="rgba(111,161,232,0.20)",
    critical="#F0653A",
    critical_tint="rgba(240,101,58,0.09)",
    watch="#F3CF6B",
    watch_tint="rgba(243,207,107,0.16)",
    healthy="#3FD0B0",
    unknown="#7A8798",
    reference="#5A6878",
    second="#E39544",
    hover="#172230",
    steps=("#172636", "#1D3550", "#28507A"),
    fail_steps=("#C4512F", "#FF7A4D"),
    beyond=("#3F7BC0", "#8FBCFF"),
    on_beyond=("#FFFFFF", "#0E1621"),
    trouble=("#172230", "#3A2A2B", "#5F3830", "#8C4632", "#C05635", "#F0653A"),
    on_trouble=("#E8EDF3", "#E8EDF3", "#E8EDF3", "#FFFFFF", "#FFFFFF", "#0E1621"),
    on_fail="#0E1621",
    on_watch="#0E1621",
    outside=("#F0653A", "#0E1621"),
    crosses=("#4A3F1A", "#F3CF6B"),
    inside=("#143B37", "#8CE5D0"),
    blues=("#28507A", "#3F7BC0", "#6FA1E8", "#8FBCFF", "#D6E6FF"),
    categories=_CATEGORIES,
)

HEALTH_GLYPHS = {Health.CRITICAL: "■", Health.WATCH: "▲", Health.HEALTHY: "●", Health.UNKNOWN: "○"}
HEALTH_WORDS = {
    Health.CRITICAL: "Critical",
    Health.WATCH: "Watch",
    Health.HEALTHY: "Healthy",
    Health.UNKNOWN: "Unknown",
}
STATUS_HEALTH = {
    Status.FAIL: Health.CRITICAL,
    Status.WARN: Health.WATCH,
    Status.PASS: Health.HEALTHY,
    Status.UNKNOWN: Health.UNKNOWN,
    Status.WAIVED: Health.UNKNOWN,
}
STATUS_WORDS = {
    Status.FAIL: "Fail",
    Status.WARN: "Warn",
    Status.PASS: "Pass",
    Status.UNKNOWN: "Unknown",
    Status.WAIVED: "Waived",
}


def dark() -> bool:
    """Return whether the viewer's theme is dark; light until the browser has said."""
    return st.context.theme.type == "dark"


def palette(*, is_dark: bool) -> Palette:
    """Return the colours of one theme."""
    return DARK if is_dark else LIGHT


def legible() -> None:
    """Raise what Streamlit draws with too little contrast to the text's own colour (WCAG 2.2, 1.4.3).

    The chosen one of a segmented control, which is drawn in the primary colour, and code within captions,
    which is drawn half transparent.
    """
    chosen = 'button[data-variant="segmented_control"][data-selected="true"] p'
    code = '[data-testid="stCaptionContainer"] code'
    # The browser chooses, because who changes the theme asks for no new page.
    st.html(f"<style>{chosen}, {code} {{ color: light-dark({LIGHT.text}, {DARK.text}) }}</style>")
