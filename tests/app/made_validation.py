"""Made validations: none yet, one with findings, and a model that cannot be loaded."""

from dataclasses import replace
from datetime import timedelta

from core.domain import Status
from core.finding import Finding, Severity
from core.job import Job, JobStatus
from core.views.validation import Digests, Line, Section, ValidationView, Verdict

from .made_fleet import DAY, NOW

LEAK = Finding(
    id="f1nd",
    registry="local",
    model="lending",
    version="18",
    check="label_alone",
    severity=Severity.HIGH,
    title="The label from one input alone 0.991 > 0.980 (n = 10,000; days_late alone: ROC AUC 0.991)"
    ": fails by 0.011.",
    owner="credit-risk",
    opened_at=NOW - 40 * DAY,
    opened_by="trimtab",
    due_at=NOW - 10 * DAY,
)
SMALL = replace(
    LEAK,
    id="f2nd",
    check="seeds",
    severity=Severity.LOW,
    title="Spread over seeds 0.024 > 0.020 (n = 5): fails by 0.004.",
    due_at=NOW + 120 * DAY,
    closed_at=NOW - DAY,
    closed_by="dora",
    closed_why="the interval of the metric is wider than that",
)
VALIDATING = Job(
    id="v4l1d",
    kind="validation",
    model="lending",
    subject="version 18",
    about={},
    status=JobStatus.RUNNING,
    share=0.4,
    step="Scoring rows",
    actor="ann",
    asked_at=NOW,
)
SECTIONS = (
    Section(
        title="Performance",
        about="How good it is on labelled rows, each number with its 95 % interval.",
        lines=(
            Line(
                name="roc_auc", sentence="ROC AUC 0.792, at worst 0.781 (95 %) ≥ 0.500 (n = 10,000): passes.",
                value=0.792, low=0.781, high=0.803, n=10_000, limit_low=0.5, status=Status.PASS,
            ),
            Line(
                name="accuracy", sentence="Accuracy 0.731, 0.722 to 0.740 (95 %) (n = 10,000).",
                value=0.731, low=0.722, high=0.740, n=10_000,
            ),
        ),
    ),
    Section(
        title="Leakage hints",
        about="Signs that it was given what it is to predict. Hints, no proof.",
        lines=(
            Line(
                name="label_alone", sentence=LEAK.title, value=0.991, n=10_000, limit_high=0.98,
                status=Status.FAIL,
            ),
        ),
    ),
    Section(
        title="Stability over seeds",
        about="How much chance in training moves it: refits on the same rows with other seeds.",
        lines=(
            Line(
                name="seed_spread",
                sentence="Spread over seeds is not known: it cannot be refit: it is no scikit-learn model.",
                status=Status.UNKNOWN,
            ),
        ),
    ),
    Section(
        title="Fairness",
        about="How groups differ, and each group's own rates; groups under 100 rows are left out.",
        lines=(),
        empty="The spec names no sensitive feature, or its task is not binary.",
    ),
)  # fmt: skip


def validation_view(model: str, version: str, kind: str = "none") -> ValidationView:
    """Return a version that is not validated, under way, has findings, or cannot be loaded."""
    nothing = ValidationView(
        as_of=NOW,
        model=model,
        registry="local",
        version=version,
        verdict=Verdict.NOT_VALIDATED,
        sentence=f"{model} v{version} is not validated: nothing is known of it.",
    )
    if kind == "none":
        return nothing
    if kind == "running":
        return replace(nothing, job="v4l1d")
    made = replace(
        nothing,
        made_at=NOW - 41 * DAY,
        actor="ann",
        due_at=NOW + 139 * DAY,
        digests=Digests(version="a" * 64, policy="b" * 64, rows="c" * 64, findings="d" * 64),
    )
    if kind == "broken":
        loads = "Loads: model cannot be loaded (No module named 'xgboost'): fails."
        line = Line(name="loads", sentence=loads, value=0.0, limit_low=1.0, status=Status.FAIL)
        return replace(
            made,
            verdict=Verdict.FAILS,
            sentence=f"{model} v{version} fails: it does not answer rows: model cannot be loaded.",
            sections=(Section(title="Loads, speed and size", about="Whether it loads.", lines=(line,)),),
            findings=(replace(LEAK, check="loads", title=loads, due_at=NOW + timedelta(days=3)),),
        )
    return replace(
        made,
        verdict=Verdict.OPEN_FINDINGS,
        sentence=f"{model} v{version} has 1 open finding, overdue, on 10,000 rows.",
        sections=SECTIONS,
        findings=(LEAK, SMALL),
    )
