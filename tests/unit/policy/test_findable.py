"""What a validation can find of each kind of model, held to what the child's work does find."""

from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.random import default_rng

from core.candidate import OTHERS, Baseline
from core.domain import Risk, Task
from core.metrics.catalogue import BY_NAME
from core.metrics.paired import differences
from core.metrics.paired_draws import of_groups
from core.policy.findable import can_be_found, never_found
from core.policy.policy_file import default_policy, load_policy
from core.profiles.rows import Rows
from core.validation import task as work
from core.validation.request import Request

N = 400


def answers(task: Task) -> tuple[Rows, Request]:
    """Answers of a model with everything: scores, labels, two groups."""
    chance, names = default_rng(3), np.array(["a", "b", "c"], dtype=object)
    scores, more = {}, {}
    if task is Task.REGRESSION:
        label = chance.normal(size=N)
        prediction = label + chance.normal(size=N)
    elif task is Task.BINARY:
        p = chance.random(N)
        label = np.where(chance.random(N) < p, "1", "0").astype(object)
        prediction, scores = np.where(p > 0.5, "1", "0").astype(object), {"1": p}
        more = {"positive": "1", "negative": "0"}
    else:
        p = chance.dirichlet([1, 1, 1], size=N)
        label = names[[chance.choice(3, p=row) for row in p]]
        prediction, scores = names[p.argmax(axis=1)], dict(zip(names, p.T, strict=True))
    groups = {"sex": np.array(["f", "m"] * (N // 2), dtype=object)}
    request = Request(
        model="m", version="2", against="1", digest="", against_digest="", size_bytes=1, task=task,
        classes=tuple(scores), sensitive=("sex",), has_labels=True, n_rows=N,
        made_at=datetime.now(UTC), **more,
    )  # fmt: skip
    rows = Rows(
        n=N, numeric={}, categorical={}, scores=scores, prediction=prediction, label=label, groups=groups,
        latency_ms=None,
    )  # fmt: skip
    return rows, request


@pytest.mark.parametrize("task", list(Task))
def test_what_can_be_found_is_what_is_found(task: Task) -> None:
    rows, request = answers(task)
    spec = work._spec(request)
    own = {one.metric for one in work._own(rows, spec, request) if one.value is not None}
    paired = {one.metric for one in differences(rows, rows, spec, chance=default_rng(0))}
    gaps = (
        {one.metric for one in of_groups(rows, rows, spec, "sex", default_rng(0))}
        if task is Task.BINARY
        else set()
    )
    for baseline, found in (
        (Baseline.NONE, own),
        (Baseline.CHAMPION, paired | gaps),
        (Baseline.CLEAN, paired),
    ):
        assert {one for one in BY_NAME if can_be_found(one, task, baseline)} - {*OTHERS} == found, baseline


def test_the_default_policy_asks_for_nothing_that_is_never_found() -> None:
    for risk in Risk:
        assert list(never_found(default_policy(risk).gates)) == []


def test_a_gate_that_blocks_every_version_is_told() -> None:
    text = (
        "policy: odd\nextends: default\ngates:\n"
        "  a: {metric: roc_auc, min: 0.5}\n"
        "  b: {metric: {binary: psi}, max: 0.2}\n"
        "  c: {metric: recall, baseline: champion, max_drop: 0.1, applies_when: {task: [multiclass]}}\n"
    )
    told = list(never_found(load_policy(text, "odd").gates))
    assert [one.split(":")[0] for one in told] == ["gates.a", "gates.b", "gates.c"]
    assert "roc_auc is never found of regression models" in told[0]
    assert "psi is never found of binary models" in told[1]
    assert "recall, less the champion's, is never found of multiclass models" in told[2]
