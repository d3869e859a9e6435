"""Made runs of a lending model: eight trials, of which three became versions."""

from datetime import UTC, datetime, timedelta

from core.errors import NotFound
from core.views.runs import RunData, RunEnvironment, RunRow, RunsScope, RunsView

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
_VERSIONS = {1: "14", 4: "16", 6: "17"}
_ALIASES = {"17": ("champion",), "16": ("challenger",)}
_PACKAGES = ("scikit-learn==1.9.0", "pandas==2.3.3", "skops==0.14")


def _row(at: int) -> RunRow:
    version = _VERSIONS.get(at)
    return RunRow(
        run_id=f"{at}f3c9a71e2",
        name=f"lending-trial-{at}",
        status="FINISHED",
        user="ann" if at % 2 else "bo",
        started_at=AT - timedelta(days=20 - at),
        ended_at=AT - timedelta(days=20 - at, minutes=-9),
        version=version,
        aliases=_ALIASES.get(version or "", ()),
        params={
            "C": str(10.0 ** (at - 4)),
            "inputs": "plain" if at < 3 else "full",
            "threshold": "0.5",
            **({"solver": "lbfgs"} if at == 2 else {}),
        },
        metrics={"roc_auc": round(0.69 + 0.009 * at - 0.001 * at * at, 4), "log_loss": 0.52 - 0.004 * at},
        data=(
            RunData(
                name="lending-training",
                digest="9f2c61aa0b",
                context="training",
                source="s3://lake/lending.parquet",
                n_rows=53_000 + 100 * at,
            ),
        ),
        entry="train.py",
        commit=f"{at}0d1e2f3a4b5c6d7e8f9",
        environment=RunEnvironment(python="3.11.9", packages=_PACKAGES) if version else None,
    )


def runs_view(scope: RunsScope, *, n: int = 8) -> RunsView:
    """Return what the Runs tab shows."""
    rows = tuple(_row(at) for at in reversed(range(n)))
    if scope.model == "nope":
        raise NotFound("model", scope.model)
    return RunsView(
        at=AT,
        model=scope.model,
        registry="local",
        champion="17",
        rows=rows,
        n_runs=n,
        n_experiments=1,
        metrics=("roc_auc", "log_loss"),
        params=("C", "inputs", "threshold", "solver"),
        metric="roc_auc",
        read_at=AT,
    )
