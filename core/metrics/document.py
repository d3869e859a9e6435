"""Write ``docs/metrics.md`` from the catalogue: ``python -m core.metrics.document``."""

import csv
from collections.abc import Sequence
from pathlib import Path

from core.metrics.catalogue import (
    CLASSIFICATION,
    CONCEPT,
    DRIFT,
    ESTIMATED_METHOD,
    LOSS_METHOD,
    OPERATIONS,
    QUALITY,
    REGRESSION,
)
from core.metrics.catalogue_fairness import FAIRNESS
from core.metrics.catalogue_inputs import TOGETHER
from core.metrics.metric_info import MetricInfo
from core.metrics.reading import REASONS

DOCS = Path(__file__).resolve().parents[2] / "docs"
TARGET = DOCS / "metrics.md"
COVERAGE = DOCS / "interval_coverage.csv"
"""Measured by ``python -m tests.simulation.write``."""

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
    (
        "All inputs together",
        (
            "The first two are measured where the spec asks for them (`multivariate`), "
            "from the same sample of rows every time, so that `--exact` gives the same numbers. Judged only "
            "against at least 6 of the reference's own windows, each compared with the rest of the "
            "reference. "
            "On two cores a window and version costs about 0.01 s for the reconstruction and, for the "
            "classifier, 0.5 s of computing with 8 columns, 0.7 s with 30, 1.1 s with 100. Only a window "
            "whose rows have changed is measured again. The last two are measured where attributions are "
            "logged (`attributions`), from profiles of their absolute values, which add up."
        ),
        TOGETHER,
    ),
    ("Quality", "Whether the input is usable, column by column.", QUALITY),
    ("Operations", "Volume, failures, labels, speed.", OPERATIONS),
    (
        "Performance of classifiers",
        (
            f"Over the rows that have a label. Also without labels, {ESTIMATED_METHOD}: AUC, average "
            "precision, log loss, Brier score, accuracy, precision, recall, specificity and F1 of binary "
            "models; AUC, accuracy, precision, recall and F1 of several classes."
        ),
        CLASSIFICATION,
    ),
    (
        "Performance of regressors",
        (
            "Over the rows that have both a prediction and a label. MAE, MSE and RMSE also come without "
            f"labels, {LOSS_METHOD}: the reference's rows are parted by the features and the prediction, and "
            "a window is counted by the parts."
        ),
        REGRESSION,
    ),
    (
        "Concept drift",
        (
            "Whether the same inputs lead to other outcomes than in the reference: what no estimate can see. "
            "It needs labels. The default policy gives no verdict on it."
        ),
        CONCEPT,
    ),
    (
        "Fairness",
        (
            "Rates by group of a sensitive feature, and the gaps between the groups. Differences and ratios "
            "between all groups have no sign; those to a chosen group have one."
        ),
        FAIRNESS,
    ),
)


_ERRORS = (
    (
        "Numbers come from profiles; `--exact` computes them from rows, by the same functions with a bin for "
        "every value. Counts, rates, confusion, Brier score, errors of regressors and everything about "
        "categories or columns of at most 64 values are the same either way. Else the profile is off by at "
        "most (smooth columns, 20,000 reference and 3,000 current rows):"
    ),
    (
        (
            "`ks`",
            (
                "0.005 too low, never too high (from 20,000 rows of both on 0.0025, from 50,000 on 0.0018); "
                "for certain no more than the largest share that both have in one bin"
            ),
        ),
        ("`wasserstein`", "0.02 reference sd, 3 % for heavy tails beyond the reference's range"),
        ("`psi` and the other distances on deciles", "0.002"),
        ("`roc_auc`", "0.0001, from 50,000 rows on 0.00002; estimated 0.001"),
        ("`average_precision`, `calibration_error`", "0.002"),
        ("`log_loss`", "0.0001"),
        ("`latency_p50` and so on", "6 % of the value"),
    ),
)


_COVERAGE = (
    "How often a 95 % interval holds the truth: 2,000 samples each (1,000 of estimates, several classes, "
    "concept drift and attributions), drawn from known populations with a fixed seed (`tests/simulation`, "
    "which also holds this table to 93-97 %). A distance's interval holds "
    "the distance between the populations on the same bins, window and reference both being samples "
    "(10,000 reference rows); the plain distance of two samples lies above it, the more so the fewer "
    "rows. At no change that distance is 0 and the interval starts there in 95 % of all windows. Rates "
    "vary by some percent from sample to sample, for counts jump and coverage at one single rate jumps "
    "with them. Of gaps between groups the rows are those of each of three groups, or of six. An "
    "estimate's interval holds what the labels of these very rows will show: it counts the chance in the "
    "labels and in what the reference taught (10,000 rows), and knows nothing of concept drift. "
    "Average precision has an interval from 10 positives on, of each class where there are several.\n\n"
    "What lies outside 93-97 %, and why: p99 has no interval under 368 rows, all of which may lie below it. "
    "Average precision of 17 positives that scores part weakly: 92.5 %, for of few rows it is too high. "
    "Estimates of 5,000 rows from 10,000 reference rows: 92.7 % for average precision where positives are "
    "few, 92.1 % for MSE and RMSE where inputs have moved; what was learned is off by a little. "
    "NDCG of an order of features: 100 % where importances lie apart, 97-99 % where pairs are alike, 88 % "
    "where all are (the interval then ends within 0.01 of 1); it has few values, and no interval holds just "
    "95 % of each."
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
    introduction, bounds = _ERRORS
    parts += ["", "## Profiles and rows", "", introduction, "", "| metric | largest error |", "|---|---|"]
    parts += [f"| {name} | {bound} |" for name, bound in bounds]
    return "\n".join([*parts, *_intervals()]) + "\n"


def _intervals() -> list[str]:
    """Return the chapter on intervals: which there are none of, and how often the others hold the truth."""
    every = [metric for _, _, metrics in _SECTIONS for metric in metrics]
    bare = [
        (one.name, one.method.partition("no interval: ")[2]) for one in every if "no interval: " in one.method
    ]
    with COVERAGE.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    *names, small, middle, large = head
    return [
        "",
        "## Coverage of intervals",
        "",
        _COVERAGE,
        "",
        "Without an interval: " + "; ".join(f"`{name}` ({why})" for name, why in bare) + ".",
        "",
        f"| {' | '.join(names)} | {small} rows | {middle} rows | {int(large):,} rows |",
        "|---|---|---|---|---|",
        *(f"| `{name}` | {' | '.join(map(_percent, rest))} |" for name, *rest in rows),
    ]


def _percent(cell: str) -> str:
    return f"{float(cell) * 100:.1f} %" if cell.startswith(("0.", "1.")) and cell[2:].isdigit() else cell


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
