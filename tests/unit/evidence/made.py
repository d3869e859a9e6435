"""A model of which everything is on record, so that each source can be taken away in turn."""

from datetime import UTC, datetime, timedelta

from core.action import Action, ActionKind, ActionStatus, ApprovalNote, Gate, Move, MoveKind
from core.domain import Risk, Status, Task
from core.evidence.facts import Champion, Judged, Logged, ModelFacts, Noted, Signed, Trained
from core.finding import Validated
from core.policy.policy_file import default_policy
from core.retention import Retention
from core.spec import Columns, Features, MonitorSpec, ReferenceRule, WindowRule

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
AGO = NOW - timedelta(days=2)
SPEC = MonitorSpec(
    model="loans",
    registry="local",
    task=Task.BINARY,
    columns=Columns(),
    window=WindowRule(every=timedelta(days=1)),
    reference=ReferenceRule(),
    features=Features(numeric=("income",), categorical=("channel",)),
    sensitive=("sex",),
    owner="credit-risk",
    unit="lending",
    use_case="credit",
    risk=Risk.HIGH,
    on_call="desk",
    runbook="wiki",
)
JUDGED = Judged(
    window=9,
    version="2",
    judged_at=AGO,
    n_passed=4,
    n_warned=1,
    n_failed=0,
    n_unknown=0,
    metrics=("psi",),
    policy="p1",
)
VALIDATED = Validated(
    job="j1",
    registry="local",
    model="loans",
    version="2",
    made_at=AGO,
    actor="ann",
    n_rows=900,
    loads=True,
    version_digest="a1",
    findings_digest="b1",
    policy_digest="c1",
    rows_digest="d1",
)
ACTION = Action(
    id="act1",
    kind=ActionKind.PROMOTE,
    registry="local",
    model="loans",
    from_version="1",
    to_version="2",
    generation=2,
    status=ActionStatus.DONE,
    reason="better",
    actor="ann",
    asked_at=AGO,
    gates=(Gate(rule="performance", status=Status.PASS.value, sentence="passes"),),
    approvals=(ApprovalNote(role="approver", actor="bob", at=AGO, sentence="agreed"),),
)
FULL = ModelFacts(
    now=NOW,
    model="local/loans",
    spec=SPEC,
    spec_digest="s1",
    changed_at=NOW - timedelta(days=30),
    champion=Champion(version="2", since=AGO, run_id="r2", n_versions=2),
    trained=Trained(data={"train/training": "d9"}, n_params=3, n_metrics=2),
    policy=default_policy(Risk.HIGH),
    reference=("ref1", AGO),
    judged=dict.fromkeys(("drift", "quality", "label", "performance", "fairness", "operations"), JUDGED),
    logged=Logged(n_rows=900, n_labelled=400, judged_at=AGO),
    validation=VALIDATED,
    move=Move(
        registry="local",
        model="loans",
        alias="champion",
        from_version="1",
        to_version="2",
        at=AGO,
        kind=MoveKind.PROMOTE,
        actor="ann",
        reason="better",
        generation=2,
        evidence="act1",
    ),
    action=ACTION,
    n_champions=2,
    importance_at=AGO,
    noted={
        kind: Noted(seq=5, at=AGO, actor="ann")
        for kind in ("retrain.done", "explanation.kept", "erased", "pruned", "backed_up")
    },
    channels=("chat",),
    alerted_at=AGO,
    retention=Retention(),
    signed=Signed(seq=12, at=AGO, head="h" * 64, anchored=True),
    team=True,
)
EMPTY = ModelFacts(now=NOW, model="local/loans")
