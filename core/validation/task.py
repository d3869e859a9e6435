"""The child's work: load both versions, score the same rows with each, and note what there is to know.

A model that cannot be loaded, or raises, is a finding and ends nothing. The output is one JSON document
(:class:`core.candidate.Findings`).
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from numpy.random import Generator, default_rng

from core.candidate import Baseline, Condition, Fact, Findings
from core.children.offline import stay_offline
from core.domain import ALL_ROWS, Role, Task, Window
from core.errors import InvalidInput
from core.metrics.exact import measure_exact
from core.metrics.paired import differences
from core.metrics.paired_draws import Difference, is_known
from core.metrics.paired_draws import of_groups as gaps_of
from core.profiles.rows import Rows
from core.spec import Columns, Features, MonitorSpec, ReferenceRule, WindowRule
from core.validation.leaks import leaks
from core.validation.live import drift
from core.validation.parts import chosen, fact_of, of_groups, of_segments
from core.validation.refits import N_SEEDS, seed_spread
from core.validation.request import (
    CANDIDATE,
    CHAMPION,
    FINDINGS,
    LIVE,
    OUTPUT,
    REFERENCE,
    REQUEST,
    REQUESTS,
    ROWS,
    Request,
)
from core.validation.scoring import (
    MISSING_SHARE,
    N_TIMED,
    NOISE_SDS,
    SPOILT_SHARE,
    Scorer,
    Tried,
    spoilt,
)

if TYPE_CHECKING:
    import pandas as pd

    from core.children.runner import Say

MIN_GROUP_ROWS = 100
"""Rows under which a group is left out of comparisons between groups."""

_WINDOW = Window(index=0, start=None, end=None)
_METHODS = {
    Condition.NOISE: f"normal noise of {NOISE_SDS:g} sd on every number",
    Condition.MISSING_VALUES: f"{100 * MISSING_SHARE:g} % of all values taken away",
    Condition.OUT_OF_RANGE: f"{100 * SPOILT_SHARE:g} % of all numbers far out of range",
    Condition.TYPOS: f"{100 * SPOILT_SHARE:g} % of all texts mistyped",
}


def run(folder: Path, say: "Say") -> None:
    """Validate one candidate."""
    stay_offline()
    request = REQUESTS.validate_json((folder / REQUEST).read_bytes())
    say(0.05, "Loading the candidate")
    facts = tuple(_facts(folder, request, say))
    findings = Findings(
        model=request.model,
        version=request.version,
        against=request.against,
        made_at=request.made_at,
        n_rows=request.n_rows,
        rows_of=request.rows_of,
        rows_from=request.rows_from,
        rows_until=request.rows_until,
        digest=request.digest,
        against_digest=request.against_digest,
        why_no_rows=request.why_no_rows,
        policy_digest=request.policy_digest,
        rows_digest=sha256((folder / ROWS).read_bytes()).hexdigest(),
        facts=facts,
    )
    (folder / OUTPUT).write_bytes(FINDINGS.dump_json(findings))


def _facts(folder: Path, request: Request, say: "Say") -> Iterator[Fact]:
    yield Fact(metric="size", value=request.size_bytes / 1e6, role=Role.OPERATIONS)
    candidate, problem = _loaded(folder / CANDIDATE, request, request.problem)
    if candidate is None:
        yield Fact(metric="loads", value=0.0, role=Role.OPERATIONS, note=problem)
        return
    frame = pq.read_table(folder / ROWS).to_pandas()
    yield _inputs(candidate, request)
    if not len(frame):
        yield Fact(metric="loads", value=1.0, role=Role.OPERATIONS, note="its files make a model")
        return
    say(0.3, "Scoring rows")
    tried = candidate.answer(frame)
    answers = f"it answers {len(frame):,} rows" if tried.rows is not None else tried.problem
    yield Fact(metric="loads", value=float(tried.rows is not None), role=Role.OPERATIONS, note=answers)
    if tried.rows is None:
        return
    spec, chance = _spec(request), default_rng(request.seed)
    yield from _own(tried.rows, spec, request)
    say(0.45, "Timing single rows")
    yield _latency(candidate, frame)
    if request.has_labels:
        say(0.55, "Spoiling rows")
        for condition in _conditions(request):
            yield from _robustness(candidate, frame, tried.rows, condition, spec, request, chance)
    if request.against is not None:
        say(0.75, f"Scoring rows with the champion, version {request.against}")
        yield from _against(folder, frame, tried.rows, spec, request, chance)
    yield from _suite(folder, candidate, frame, tried.rows, spec, request, say)


def _conditions(request: Request) -> Iterator[Condition]:
    """Return the ways to spoil rows that have something to spoil."""
    yield from (Condition.NOISE, Condition.MISSING_VALUES)
    if request.numeric:
        yield Condition.OUT_OF_RANGE
    if request.categorical:
        yield Condition.TYPOS


def _suite(
    folder: Path,
    candidate: Scorer,
    frame: "pd.DataFrame",
    own: Rows,
    spec: MonitorSpec,
    request: Request,
    say: "Say",
) -> Iterator[Fact]:
    """Look at what no comparison with a champion tells: segments, leaks, chance, the population."""
    say(0.85, "Looking at segments, groups and leaks")
    yield from of_groups(own, spec) if spec.task is Task.BINARY else ()
    if request.has_labels:
        yield from of_segments(frame, own, spec, request)
    if (folder / REFERENCE).is_file():
        yield from leaks(frame, pq.read_table(folder / REFERENCE).to_pandas(), request)
        yield from drift(folder / LIVE, folder / REFERENCE, spec, request)
    shares = [0.9 + 0.018 * done for done in range(N_SEEDS)]
    yield seed_spread(
        candidate, frame, spec, request, lambda done: say(shares[done], f"Refit {done + 1} of {N_SEEDS}")
    )


def _loaded(folder: Path, request: Request, problem: str | None) -> tuple[Scorer | None, str]:
    if problem is not None:
        return None, problem
    try:
        return Scorer(folder, request), ""
    except InvalidInput as error:
        return None, "; ".join(f"{one.field} {one.message}" for one in error.problems)


def _inputs(candidate: Scorer, request: Request) -> Fact:
    logged = {*request.numeric, *request.categorical}
    needed = candidate.inputs
    lacking = [name for name in needed if name not in logged]
    if not needed:
        note = "it names none; whether it answers rows is another gate"
    elif lacking:
        note = f"the logs do not carry {', '.join(lacking)}"
    else:
        note = f"the logs carry all {len(needed)} that it needs"
    return Fact(
        metric="signature_compatible",
        value=float(not lacking),
        role=Role.OPERATIONS,
        note=note,
        n=len(needed),
    )


def _own(rows: Rows, spec: MonitorSpec, request: Request) -> Iterator[Fact]:
    """Measure the candidate alone, by the functions that measure windows."""
    for one in measure_exact(rows, rows, replace(spec, sensitive=()), window=_WINDOW, version=""):
        if one.role is Role.PERFORMANCE and not one.estimated and one.metric != "concept_drift":
            yield fact_of(one)
    for column in request.sensitive:
        large, left_out = _large_groups(rows, column)
        alone = replace(spec, sensitive=(column,))
        for one in measure_exact(large, large, alone, window=_WINDOW, version=""):
            if one.role is Role.FAIRNESS and one.segment == ALL_ROWS and one.feature == column:
                yield replace(fact_of(one), note=left_out)


def _latency(candidate: Scorer, frame: "pd.DataFrame") -> Fact:
    spent = candidate.latencies_ms(frame)
    return Fact(
        metric="latency_p95",
        value=float(np.quantile(spent, 0.95)),
        n=len(spent),
        role=Role.OPERATIONS,
        method=f"up to {N_TIMED} single rows, one after the other, in a process of one thread",
    )


def _robustness(
    candidate: Scorer,
    frame: "pd.DataFrame",
    clean: Rows,
    condition: Condition,
    spec: MonitorSpec,
    request: Request,
    chance: Generator,
) -> Iterator[Fact]:
    tried = candidate.answer(spoilt(frame, condition, request, chance))
    for one in _paired(tried, clean, spec, chance):
        method = _METHODS[condition]
        yield replace(one, baseline=Baseline.CLEAN, condition=condition, method=method)


def _against(
    folder: Path, frame: "pd.DataFrame", own: Rows, spec: MonitorSpec, request: Request, chance: Generator
) -> Iterator[Fact]:
    champion, problem = _loaded(folder / CHAMPION, request, request.against_problem)
    tried = Tried(rows=None, problem=problem) if champion is None else champion.answer(frame)
    if tried.rows is None:
        why = f"the champion, version {request.against}, answers no rows: {tried.problem}"
        for one in _paired(Tried(rows=own), own, spec, chance):
            yield replace(_nothing(one, why), baseline=Baseline.CHAMPION)
        return
    for one in _paired(Tried(rows=own), tried.rows, spec, chance):
        yield replace(one, baseline=Baseline.CHAMPION)
    problem = _unanswered(own, tried.rows)
    for column in request.sensitive if spec.task is Task.BINARY else ():
        large, left_out = _large_groups(own, column)
        theirs, _ = _large_groups(tried.rows, column)
        for gap in gaps_of(large, theirs, spec, column, chance):
            fact = _nothing(_of(gap), problem) if problem else _of(gap)
            yield replace(fact, baseline=Baseline.CHAMPION, note=left_out)


def _paired(first: Tried, second: Rows, spec: MonitorSpec, chance: Generator) -> Iterator[Fact]:
    """Compare answers; where there are none, or not to every row, every comparison says why."""
    rows = second if first.rows is None else first.rows
    problem = first.problem if first.rows is None else _unanswered(first.rows, second)
    for one in differences(rows, second, spec, chance=chance):
        fact = _of(one)
        yield _nothing(fact, problem) if problem else fact


def _unanswered(rows: Rows, second: Rows) -> str:
    """Say how many rows only the second answers: a model that passes over the hard ones is no better."""
    answered = [_answered(rows), _answered(second)]
    n = int((answered[1] & ~answered[0]).sum())
    return f"it leaves {n:,} of {rows.n:,} rows without an answer" if n else ""


def _answered(rows: Rows) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    found = np.ones(rows.n, dtype=np.bool_) if rows.prediction is None else is_known(rows.prediction)
    for values in rows.scores.values():
        found = found & np.isfinite(values)
    return found


def _nothing(fact: Fact, why: str) -> Fact:
    return replace(fact, value=None, low=None, high=None, beside=None, reason=why)


def _of(one: Difference) -> Fact:
    reading = one.reading
    return Fact(
        metric=one.metric,
        value=reading.value,
        n=reading.n,
        low=reading.low,
        high=reading.high,
        role=one.role,
        feature=one.feature,
        beside=one.second if one.second is not None and isfinite(one.second) else None,
        reason=reading.reason,
    )


def _large_groups(rows: Rows, column: str) -> tuple[Rows, str]:
    """Return the rows of groups that are large enough to compare, and a text that names the others."""
    names, place, counts = np.unique(rows.groups[column].astype(str), return_inverse=True, return_counts=True)
    used = (counts >= MIN_GROUP_ROWS)[place]
    small = [str(name) for name in names[counts < MIN_GROUP_ROWS]]
    left_out = f"groups under {MIN_GROUP_ROWS} rows are left out: {', '.join(small)}" if small else ""
    return chosen(rows, used), left_out


def _spec(request: Request) -> MonitorSpec:
    """Return a spec of answers alone: features were the model's affair."""
    return MonitorSpec(
        model=request.model,
        registry="",
        task=request.task,
        columns=Columns(
            prediction="prediction",
            scores={name: name for name in request.classes},
            label="label" if request.has_labels else None,
        ),
        window=WindowRule(rows=max(1, request.n_rows)),
        reference=ReferenceRule(),
        positive=request.positive,
        features=Features(),
        sensitive=request.sensitive,
    )
