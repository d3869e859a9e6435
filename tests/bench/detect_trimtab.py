"""Trimtab's default policy on a case: verdicts window by window, and the incidents that follow."""

from datetime import UTC, datetime
from pathlib import Path

from core import comparison
from core.domain import Risk, Role, Status
from core.incidents.derive import derive
from core.logs.upload import sniff
from core.policy.policy_file import default_policy
from tests.bench.cases import Answer, Case, run

NOW = datetime(2026, 11, 1, tzinfo=UTC)
_DRIFT = (Role.FEATURE, Role.SCORE, Role.PREDICTION, Role.LABEL)
_QUALITY = ("missing_rate", "new_category_rate", "out_of_range_rate")


def spec_of(case: Case) -> str:
    """The case as a spec."""
    roles = {"prediction": case.prediction, "score": case.score, "label": case.label}
    columns = ", ".join(f"{role}: {name}" for role, name in roles.items() if name)
    features = f"{{numeric: [{', '.join(case.numeric)}], categorical: [{', '.join(case.categorical)}]}}"
    lines = [f"model: bench, version: '1', window: {{rows: {case.rows}}}, features: {features}"]
    if columns:
        lines.append(f"task: binary, positive: 1, columns: {{{columns}}}")
    if case.segment:
        lines.append(f"segments: [{case.segment}]")
    return f"{{{', '.join(lines)}}}"


def judge(case: Case) -> Answer:
    """Compare by window, as ``trimtab compare --by-window`` does."""
    found = comparison.compare(
        spec_of(case),
        sniff(Path(case.reference)),
        sniff(Path(case.current)),
        registries=("local",),
        policy=None,
        now=NOW,
        by_window=True,
    )
    n_windows = 1 + max(one.window.index or 0 for one in found.measurements)
    flagged: list[set[str]] = [set() for _ in range(n_windows)]
    for verdict in found.verdicts:
        one = verdict.measurement
        if verdict.status is not Status.FAIL or one.window.index is None:
            continue
        if one.role in _DRIFT and one.metric not in _QUALITY:
            flagged[one.window.index].add(one.feature or one.role.value)
        elif one.role is Role.PERFORMANCE:
            flagged[one.window.index].add("performance")
    opened = derive(found.verdicts, default_policy(Risk.MEDIUM), [], NOW)
    return Answer(
        flagged=[sorted(names) for names in flagged],
        incidents=[one.first_window.index or 0 for one in opened],
    )


if __name__ == "__main__":
    run(judge)
