"""The ``gates`` of a policy document → :class:`core.policy.gate_rules.GateRule`."""

from collections.abc import Mapping

from core.candidate import OTHERS, YES_OR_NO, Baseline, Condition
from core.domain import Risk, Task
from core.metrics.catalogue import BY_NAME
from core.policy.band import harmful_side
from core.policy.gate_rules import Applies, Bound, GateRule, Needs, OnUnknown, Waivable
from core.policy.reading import Fields

_LIMITS = ("min", "max", "max_drop")


def read_gates(fields: Fields) -> tuple[GateRule, ...]:
    """Read all gates; what is wrong is added to the fields' problems, and a gate set to ``false`` is off.

    Parameters
    ----------
    fields
        The whole document. Without ``gates``, or with ``gates: false``, a policy has none.
    """
    if not fields.has("gates") or fields.values["gates"] is False:
        return ()
    every = fields.inside("gates")
    return tuple(read_gate(every, name) for name in every.names() if every.values[name] is not False)


def read_gate(every: Fields, name: str) -> GateRule:
    """Read one gate; what is wrong with it is added to the fields' problems."""
    fields = every.inside(name)
    waiver = fields.inside("waiver") if fields.has("waiver") else Fields({}, f"{fields.path}.waiver", [])
    gate = GateRule(
        id=name,
        metric=_metric(fields),
        baseline=fields.one_of("baseline", Baseline) if fields.has("baseline") else Baseline.NONE,
        condition=fields.one_of("condition", Condition) if fields.has("condition") else Condition.AS_LOGGED,
        low=fields.optional_number("min"),
        high=fields.optional_number("max"),
        max_drop=fields.optional_number("max_drop"),
        bound=fields.one_of("bound", Bound) if fields.has("bound") else Bound.POINT,
        min_n=fields.integer("min_n", 0) if fields.has("min_n") else 0,
        applies=_applies(fields),
        on_unknown=fields.one_of("on_unknown", OnUnknown) if fields.has("on_unknown") else OnUnknown.BLOCK,
        waivable=waiver.one_of("of", Waivable) if waiver.has("of") else Waivable.ANY,
        max_waiver_days=waiver.number("max_days", 0) if waiver.has("max_days") else 30.0,
    )
    waiver.finish()
    fields.finish()
    _check(fields, gate)
    return gate


def _metric(fields: Fields) -> Mapping[Task, str]:
    """Read one metric for all tasks, or one a task; a task that is not named is not concerned."""
    known = {**BY_NAME, **OTHERS}
    if isinstance(fields.values.get("metric"), Mapping):
        inner = fields.inside("metric")
        chosen = {task: inner.text(task.value) for task in Task if inner.has(task.value)}
        inner.finish(also=tuple(Task))
        if not chosen:
            inner.report("", "names no task", f"name one of {', '.join(Task)}")
        where = inner
    else:
        one = fields.text("metric")
        chosen, where = dict.fromkeys(Task, one), fields
    for name in dict.fromkeys(chosen.values()):
        if name and name not in known:
            where.report("metric", f"'{name}' is neither a metric nor a fact", f"facts: {', '.join(OTHERS)}")
    return chosen


def _applies(fields: Fields) -> Applies:
    if not fields.has("applies_when"):
        return Applies()
    inner = fields.inside("applies_when")
    found = Applies(
        tasks=inner.many_of("task", Task) if inner.has("task") else (),
        risks=inner.many_of("risk", Risk) if inner.has("risk") else (),
        has=inner.many_of("has", Needs) if inner.has("has") else (),
    )
    inner.finish()
    return found


def _check(fields: Fields, gate: GateRule) -> None:
    """Report what can be written but makes no sense."""
    given = [name for name in _LIMITS if fields.values.get(name) is not None]
    if not given:
        fields.report("", "has no limit", "give min, max or max_drop")
    if gate.low is not None and gate.high is not None and gate.low > gate.high:
        fields.report("min", f"{gate.low:g} lies above max {gate.high:g}")
    if gate.max_drop is not None and gate.max_drop < 0:
        fields.report("max_drop", f"must be at least 0, not {gate.max_drop:g}")
    if gate.max_drop is not None and gate.baseline is Baseline.NONE:
        fields.report("max_drop", "needs something to drop from", "write baseline: champion, or clean")
    both = [one for one in gate.metric.values() if harmful_side(one) == "both" and one in BY_NAME]
    if gate.max_drop is not None and both:
        fields.report("max_drop", f"'{both[0]}' can do harm on both sides", "give min and max")
    if gate.baseline is Baseline.CLEAN and gate.condition is Condition.AS_LOGGED:
        fields.report("baseline", "clean asks for a condition", "write condition: noise, or missing_values")
    if gate.bound is not Bound.POINT and set(gate.metric.values()) & set(YES_OR_NO):
        fields.report("bound", "a yes or no has no interval", "leave bound out")
