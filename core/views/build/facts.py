"""The latest facts of a model, kept ready so that a fleet of thousands is read at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.leading import leading_metric
from core.store import Cursor, StoredMonitor, statement
from core.store.judgements import aware
from core.views.build.health import Tally

DRIFT_METRICS = (
    "psi",
    "ks",
    "chi_squared",
    "jensen_shannon",
    "wasserstein",
    "hellinger",
    "total_variation",
    "l_infinity",
    "label_rate",
)


def refresh(cursor: Cursor, monitors: Sequence[StoredMonitor]) -> None:
    """Write the facts of some models anew, after they were watched or judged.

    Parameters
    ----------
    cursor
        Inside the writing transaction that changed the models' judgements.
    monitors
        The models; their specs give owner, unit, use case and risk tier.
    """
    specs, keys = [one.spec for one in monitors], [one.key for one in monitors]
    cursor.execute("DELETE FROM model_facts WHERE list_contains($keys::VARCHAR[], model_key)", {"keys": keys})
    cursor.execute(
        f"INSERT INTO model_facts BY NAME {statement('views_facts')}",
        {
            "model_keys": keys,
            "registries": [spec.registry for spec in specs],
            "models": [spec.model for spec in specs],
            "tasks": [spec.task.value for spec in specs],
            "owners": [spec.owner for spec in specs],
            "units": [spec.unit for spec in specs],
            "kinds": [spec.use_case or spec.task.value for spec in specs],
            "risks": [spec.risk.value for spec in specs],
            "metrics": [leading_metric(spec) for spec in specs],
            "drift_metrics": list(DRIFT_METRICS),
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one model's page needs of its facts."""

    rows_a_day: float | None
    tally: Tally


def read_facts(cursor: Cursor, key: str) -> Facts | None:
    """Return the facts of one model, None where it was never watched or judged."""
    found = cursor.execute(statement("views_tally"), {"model_key": key}).fetchone()
    if found is None:
        return None
    rows_a_day, index, start, end, passed, warned, failed, reason, worst, judged_at = found
    return Facts(
        rows_a_day=rows_a_day,
        tally=Tally(
            judged_index=index,
            start=aware(start),
            end=aware(end),
            n_passed=passed,
            n_warned=warned,
            n_failed=failed,
            unknown_reason=reason,
            worst=worst,
            judged_at=aware(judged_at),
        ),
    )
