"""Write ``docs/interval_coverage.csv``: ``python -m tests.simulation.write``, then the metrics page anew."""

import csv
import io

from tests.conftest import ROOT
from tests.simulation.cases import CASES, SIZES

TARGET = ROOT / "docs" / "interval_coverage.csv"


def row(metric: str, population: str) -> list[str]:
    """Share of the draws whose interval holds the truth, by rows; a dash where there is no interval."""
    drawn = [CASES[metric][population](n) for n in SIZES]
    return [metric, population, *(f"{one.coverage:.3f}" if one.exists else "–" for one in drawn)]


def main() -> None:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["metric", "population", *SIZES])
    lines.writerows(
        row(metric, population) for metric, populations in CASES.items() for population in populations
    )
    TARGET.write_text(text.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main()
