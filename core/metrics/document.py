"""Write ``docs/metrics.md`` from the catalogue: ``python -m core.metrics.document``."""

from collections.abc import Sequence
from pathlib import Path

from core.metrics.catalogue import (
    CLASSIFICATION,
    DRIFT,
    ESTIMATED_METHOD,
    FAIRNESS,
    OPERATIONS,
    QUALITY,
    REGRESSION,
    MetricInfo,
)
from core.metrics.reading import REASONS

TARGET = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"

_SECTIONS: tuple[tuple[str, str, Sequence[MetricInfo]], ...] = (
    (
        "Drift",
        (
            "Distances of a window's distribution from the reference's, for features, scores, predictions "
            "and labels. Rows without a value are left out: they are quality, not drift. p and q are the "
            "shares of the reference and the window in a bin, F and G their cumulative distributions."
        ),
        DRIFT,
    ),
    ("Quality", "Whether the input is usable, column by column.", QUALITY),
    ("Operations", "Volume, failures, labels, speed.", OPERATIONS),
    (
        "Performance of classifiers",
        f"Over the rows that have a label. AUC and accuracy also come without labels: {ESTIMATED_METHOD}.",
        CLASSIFICATION,
    ),
    ("Performance of regressors", "Over the rows that have both a prediction and a label.", REGRESSION),
    (
        "Fairness",
        (
            "Rates by group of a sensitive feature, and the gaps between the groups. Differences and ratios "
            "between all groups have no sign; those to a chosen group have one."
        ),
        FAIRNESS,
    ),
)


def text() -> str:
    """Return the whole page as Markdown; the same catalogue gives the same page."""
    parts = [
        "# Metrics",
        "",
        "Written from `core/metrics/catalogue.py` by `python -m core.metrics.document`.",
        "",
        "Intervals are 95 % intervals. A measurement without a value says why: "
        + ", ".join(f"“{reason}”" for reason in REASONS)
        + ".",
    ]
    for title, introduction, metrics in _SECTIONS:
        parts += ["", f"## {title}", "", introduction, ""]
        parts += [
            "| metric | formula | unit | no change | a rise is | how | source |",
            "|---|---|---|---|---|---|---|",
        ]
        parts += [_row(metric) for metric in metrics]
    return "\n".join(parts) + "\n"


def _row(metric: MetricInfo) -> str:
    cells = (
        f"{metric.title}<br>`{metric.name}`",
        metric.formula,
        metric.unit or "–",
        metric.no_change,
        metric.higher_is,
        metric.method,
        metric.source,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
