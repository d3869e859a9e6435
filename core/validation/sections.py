"""The facts of a validation in the order in which people read them: one section a question. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.candidate import Baseline, Fact, Findings
from core.domain import Role, Status
from core.policy.gate_rules import GateRule
from core.policy.told import rule_of, told
from core.policy.waivers import UNITS
from core.spec import MonitorSpec
from core.views.validation import Line, Section

_LEAKS = ("label_alone", "equal_rows", "late_inputs")
_CALIBRATION = ("calibration_error", "brier", "log_loss")
_ITSELF = ("loads", "signature_compatible", "latency_p95", "size")


@dataclass(frozen=True, slots=True)
class _Part:
    title: str
    about: str
    holds: Callable[[Fact], bool]
    empty: str


def _alone(fact: Fact) -> bool:
    return fact.baseline is Baseline.NONE


_PARTS = (
    _Part(
        "Loads, speed and size",
        "Whether its files make a model that answers the logged rows, how fast one row is, how large it is.",
        lambda fact: fact.metric in _ITSELF,
        "It was not loaded.",
    ),
    _Part(
        "Performance",
        "How good it is on labelled rows, each number with its 95 % interval.",
        lambda fact: (
            _alone(fact)
            and fact.role is Role.PERFORMANCE
            and fact.segment is None
            and fact.metric not in (*_CALIBRATION, *_LEAKS, "seed_spread", "segment_shortfall")
        ),
        "There are no labelled rows to measure it on.",
    ),
    _Part(
        "Segments",
        "The metric that stands for it, segment by segment; segments under 100 rows are left out.",
        lambda fact: (
            fact.metric == "segment_shortfall" or (fact.segment is not None and fact.role is Role.PERFORMANCE)
        ),
        "No segment was measured: there are no labels, or no column to cut by.",
    ),
    _Part(
        "Fairness",
        "How groups differ, and each group's own rates; groups under 100 rows are left out.",
        lambda fact: _alone(fact) and fact.role is Role.FAIRNESS,
        "The spec names no sensitive feature, or its task is not binary.",
    ),
    _Part(
        "Calibration",
        "Whether a score of 0.8 comes true in 80 of 100 cases.",
        lambda fact: _alone(fact) and fact.metric in _CALIBRATION and fact.segment is None,
        "It gives no scores, or there are no labels.",
    ),
    _Part(
        "Robustness",
        "Itself on spoilt rows less itself on the rows as logged.",
        lambda fact: fact.baseline is Baseline.CLEAN,
        "There are no labels to tell how much worse it gets.",
    ),
    _Part(
        "Stability over seeds",
        "How much chance in training moves it: refits on the same rows with other seeds.",
        lambda fact: fact.metric == "seed_spread",
        "It was not refit.",
    ),
    _Part(
        "Leakage hints",
        "Signs that it was given what it is to predict. Hints, no proof: look at the input that is named.",
        lambda fact: fact.metric in _LEAKS,
        "No rows were scored.",
    ),
    _Part(
        "Drift against the live population",
        "PSI of each input: the newest live rows beside the reference. Under 0.1 is calm, from 0.25 on it is"
        " another population.",
        lambda fact: fact.baseline is Baseline.REFERENCE,
        "There are no live rows, or no reference rows.",
    ),
    _Part(
        "Beside the champion",
        "Itself less the champion on the same rows.",
        lambda fact: fact.baseline is Baseline.CHAMPION,
        "It was the champion, or there was none.",
    ),
)


def sections(
    findings: Findings, rules: Sequence[GateRule], spec: MonitorSpec, champion: str | None
) -> tuple[Section, ...]:
    """Return the sections of a validation; a part of which nothing is known says why.

    Parameters
    ----------
    rules
        What facts are held to: checks first, then gates.
    champion
        What is champion now.
    """
    other = None if champion == findings.version else champion
    return tuple(
        Section(
            title=part.title,
            about=part.about,
            lines=(
                lines := tuple(_line(fact, rules, spec, other) for fact in findings.facts if part.holds(fact))
            ),
            empty="" if lines else findings.why_no_rows or part.empty,
        )
        for part in _PARTS
    )


def _line(fact: Fact, rules: Sequence[GateRule], spec: MonitorSpec, champion: str | None) -> Line:
    sentence, gate = told(fact, rule_of(fact, rules, spec, champion))
    parts = [fact.segment, None if fact.segment else fact.feature]
    return Line(
        name=" ".join([fact.metric, *(one for one in parts if one)]),
        sentence=sentence,
        value=fact.value,
        low=fact.low,
        high=fact.high,
        n=fact.n,
        limit_low=None if gate is None else gate.limit_low,
        limit_high=None if gate is None else gate.limit_high,
        unit=UNITS.get(fact.metric, ""),
        status=None if gate is None else Status(gate.status),
    )
