"""The catalogue is complete, and the page that is written from it is up to date."""

from pathlib import Path

from core.metrics.catalogue import BY_NAME, CATALOGUE
from core.metrics.document import text

CONTRACT = (
    "roc_auc", "average_precision", "accuracy", "precision", "recall", "f1", "log_loss", "brier",
    "calibration_error", "mae", "rmse", "bias", "wape", "r2", "ks", "psi", "jensen_shannon",
    "wasserstein", "chi_squared", "hellinger", "total_variation", "l_infinity", "missing_rate",
    "new_category_rate", "out_of_range_rate", "row_count", "error_rate", "label_coverage", "label_rate",
    "selection_rate", "true_positive_rate", "false_positive_rate", "false_negative_rate",
    "demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference",
    "latency_p50", "latency_p95", "latency_p99",
)  # fmt: skip


def test_every_promised_metric_is_there() -> None:
    assert set(CONTRACT) <= BY_NAME.keys()


def test_names_and_titles_are_unique() -> None:
    assert len(BY_NAME) == len(CATALOGUE)
    assert len({metric.title for metric in CATALOGUE}) == len(CATALOGUE)


def test_every_entry_says_everything() -> None:
    for metric in CATALOGUE:
        assert metric.roles
        assert all((metric.title, metric.formula, metric.no_change, metric.source, metric.method)), (
            metric.name
        )


def test_which_side_does_harm() -> None:
    harmful = {metric.name: metric.harmful for metric in CATALOGUE}
    low = {name for name, side in harmful.items() if side == "low"}
    both = {name for name, side in harmful.items() if side == "both"}
    assert low >= {"roc_auc", "accuracy", "recall", "r2", "true_positive_rate", "demographic_parity_ratio"}
    assert both >= {"bias", "selection_rate"}
    assert not (low | both) & {"psi", "mae", "log_loss", "false_negative_rate", "error_rate", "missing_rate"}


def test_the_page_is_written_from_the_catalogue(root: Path) -> None:
    page = (root / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert page == text(), "run `python -m core.metrics.document`"
