"""The latest facts of a model, kept ready so that a fleet of thousands is read at once."""

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


def refresh(cursor: Cursor, monitor: StoredMonitor) -> None:
    """Write the facts of one model anew, after it was watched or judged.

    Parameters
    ----------
    cursor
        Inside the writing transaction that changed the model's judgements.
    monitor
        The model; its spec gives owner, unit, use case and risk tier.
    """
    spec = monitor.spec
    cursor.execute("DELETE FROM model_facts WHERE model_key = $key", {"key": monitor.key})
    cursor.execute(
        f"INSERT INTO model_facts BY NAME {statement('views_facts')}",
        {
            "model_key": monitor.key,
            "registry": spec.registry,
            "model": spec.model,
            "task": spec.task.value,
            "owner": spec.owner,
            "unit": spec.unit,
            "kind": spec.use_case or spec.task.value,
            "risk": spec.risk.value,
            "metric": leading_metric(spec),
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
