"""What the figures say: limits on the harmful side, estimates dotted, cells by step, colours by theme."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from app.components import figures, heatmap
from app.palette import DARK, LIGHT, Palette
from core.domain import Status
from core.views.drift import DriftScope
from core.views.model import ModelScope
from core.views.series import Series

from .made_drift import drift_view
from .made_fleet import fleet_view
from .made_model import model_view, scores

CONFIG = tomllib.loads((Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text())
MODEL = model_view(ModelScope(model="lending"))
DRIFT = drift_view(DriftScope(model="lending"))


def performance(series: Series):
    return figures.performance(series, MODEL.row_counts, MODEL.incidents, MODEL.deployments, is_dark=False)


@pytest.mark.parametrize("is_dark", [False, True])
def test_every_figure_is_valid_and_shared(is_dark: bool) -> None:
    series = MODEL.performance[0]
    made = [
        figures.performance(series, MODEL.row_counts, MODEL.incidents, MODEL.deployments, is_dark=is_dark),
        figures.latency(MODEL.latency, is_dark=is_dark),
        figures.score_curve(scores(), is_dark=is_dark),
        heatmap.drift(DRIFT.rows, DRIFT.windows, None, is_dark=is_dark),
        heatmap.trouble(fleet_view().trouble, is_dark=is_dark),
    ]
    for figure in made:
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert figures.latency(MODEL.latency, is_dark=is_dark) is made[1]


def test_estimates_are_dotted_and_named_so() -> None:
    lines = {trace.name: trace for trace in performance(MODEL.performance[0]).data if trace.name}
    assert lines["ROC AUC, estimated"].line.dash == "dot"
    assert lines["ROC AUC, measured"].line.dash == "solid"


def test_only_the_harmful_side_of_a_limit_is_shaded() -> None:
    series = MODEL.performance[0]
    points = tuple(replace(point, limit_high=0.86) for point in series.measured)
    figure = performance(replace(series, measured=points, estimated=()))
    named = [note.text for note in figure.layout.annotations]
    assert "Lower limit 0.740" in named
    assert "Upper limit 0.860, not judged" in named
    shaded = [shape for shape in figure.layout.shapes if shape.fillcolor == LIGHT.critical_tint]
    assert len(shaded) == 1


def test_incidents_that_touch_are_one_band() -> None:
    doubled = (*MODEL.incidents, replace(MODEL.incidents[0], id="42"))
    figure = figures.performance(MODEL.performance[0], None, doubled, (), is_dark=False)
    bands = [shape for shape in figure.layout.shapes if shape.fillcolor == LIGHT.watch_tint]
    assert len(bands) == 2
    assert "2 incidents" in [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize(
    ("status", "ratio", "code"),
    [
        (Status.PASS, 0.1, 0),
        (Status.PASS, 0.5, 1),
        (Status.PASS, 1.5, 2),
        (Status.PASS, None, 0),
        (Status.WARN, 0.7, 3),
        (Status.FAIL, 1.1, 4),
        (Status.FAIL, None, 4),
        (Status.FAIL, 2.0, 5),
        (Status.UNKNOWN, None, None),
        (None, None, None),
    ],
)
def test_a_cell_s_step_follows_its_verdict_first(
    status: Status | None, ratio: float | None, code: int | None
) -> None:
    assert heatmap.drift_code(status, ratio) == code


def test_the_cells_that_are_clicked_carry_column_and_window() -> None:
    figure = heatmap.drift(DRIFT.rows, DRIFT.windows, None, is_dark=False)
    overlay = next(trace for trace in figure.data if trace.customdata is not None)
    assert tuple(overlay.customdata[0]) == (DRIFT.rows[0].feature, DRIFT.windows[0].index)
    assert len(overlay.customdata) == len(DRIFT.rows) * len(DRIFT.windows)


def test_the_picked_cell_is_outlined() -> None:
    picked = (DRIFT.rows[1].feature, DRIFT.windows[2].index)
    (outline,) = heatmap.drift(DRIFT.rows, DRIFT.windows, picked, is_dark=False).layout.shapes
    assert (outline.x0, outline.y0) == (1.5, 0.5)


@pytest.mark.parametrize(("colors", "theme"), [(LIGHT, "light"), (DARK, "dark")])
def test_the_palette_is_the_theme_s(colors: Palette, theme: str) -> None:
    settings = CONFIG["theme"][theme]
    assert colors.background == settings["backgroundColor"]
    assert colors.panel == settings["secondaryBackgroundColor"]
    assert colors.text == settings["textColor"]
    assert colors.border == settings["borderColor"]
    assert (colors.critical, colors.watch) == (settings["redColor"], settings["yellowColor"])
    assert (colors.healthy, colors.unknown) == (settings["greenColor"], settings["grayColor"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["red", "yellow", "green", "gray", "blue", "violet"])
def test_badges_can_be_read(theme: str, name: str) -> None:
    settings = CONFIG["theme"][theme]
    assert contrast(settings[f"{name}TextColor"], settings[f"{name}BackgroundColor"]) >= 4.5


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_text_in_cells_and_on_axes_can_be_read(colors: Palette) -> None:
    for ink, ground in zip(colors.on_trouble, colors.trouble, strict=True):
        assert contrast(ink, ground) >= 4.5
    assert contrast(colors.muted, colors.background) >= 4.5
    for ground in colors.fail_steps:
        assert contrast(colors.on_fail, ground) >= 3
    assert contrast(colors.on_watch, colors.watch) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_labels_have_a_strip_of_their_own_hatched_where_they_are_immature():
    plain, figure = (
        figures.performance(MODEL.performance[0], MODEL.row_counts, (), (), labels, is_dark=False)
        for labels in ((), MODEL.labels)
    )
    assert "yaxis3" not in plain.to_plotly_json()["layout"]
    bars = {trace.name: trace for trace in figure.data if trace.yaxis == "y3" and trace.name}
    assert {name: trace.marker.pattern.shape for name, trace in bars.items()} == {
        "Labels": "",
        "Labels immature": "/",
    }
    assert len(bars["Labels immature"].y) == sum(one.is_immature for one in MODEL.labels)
    assert bars["Labels immature"].customdata[-1] == "12.0\u2009% of 41,000 labels, immature: not judged yet"
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1] > figure.layout.yaxis3.domain[1]


@pytest.mark.parametrize(
    ("ratio", "code"), [(None, None), (0.0, 0), (0.34, 1), (0.7, 2), (1.0, 3), (1.9, 3), (2.0, 4), (50.0, 4)]
)
def test_a_distance_that_was_not_judged_is_coloured_by_its_size(
    ratio: float | None, code: int | None
) -> None:
    assert heatmap.distance_code(ratio) == code


def test_verdicts_stay_on_the_cells_of_another_baseline():
    judged, other = (
        heatmap.drift(DRIFT.rows, DRIFT.windows, None, is_dark=False, is_judged=is_judged)
        for is_judged in (True, False)
    )
    glyphs = [next(trace for trace in figure.data[1:] if trace.mode == "text") for figure in (judged, other)]
    assert glyphs[0].text == glyphs[1].text
    names = [trace.name for trace in other.data if trace.name]
    assert not any("fail" in name or "warn" in name for name in names)
    over = next(trace for trace in other.data[1:] if trace.hovertemplate)
    assert any("Its verdict is another distance's: Fail" in text for text in over.text)
