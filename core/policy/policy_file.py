"""A policy document (YAML) → :class:`core.policy.rules.Policy`, or all of its problems at once."""

import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import yaml

from core.domain import Limit, Risk, Role, Severity, Task
from core.errors import InvalidInput, Problem, suggestion
from core.metrics.catalogue import BY_NAME
from core.policy.approving import approval_rules
from core.policy.gate_file import read_gates
from core.policy.ratios import RATIOS
from core.policy.reading import Fields, shown
from core.policy.rules import (
    AllMissingRule,
    BandRule,
    DriftRule,
    Group,
    LimitRule,
    OwnRangeRule,
    Persistence,
    Policy,
    RateRule,
    RatioRule,
    Rule,
    SelfVariation,
    TrafficRule,
)
from core.policy.validating import validation_rules

DEFAULT_FILE = Path(__file__).resolve().parents[2] / "data" / "policies" / "default.yaml"
LARGEST_DOCUMENT = 64 * 1024
PERSISTENCES = ("persistence", "unsure")
Document = Mapping[str, object]


class _Persistences(TypedDict):
    persistence: Persistence
    unsure: Persistence


class _Common(_Persistences):
    id: str
    severity: Severity
    series: str


@lru_cache(maxsize=256)
def load_policy(text: str, name: str, *, risk: Risk = Risk.MEDIUM) -> Policy:
    """Read a policy document and return its rules for one risk tier.

    Parameters
    ----------
    text
        YAML (JSON is YAML). With ``extends: default`` it need only hold what differs from the default.
    name
        What to call the document in errors; the policy's own name stands in it.
    risk
        The tier whose overrides apply. All tiers are validated, whichever is asked for.

    Raises
    ------
    InvalidInput
        With every problem of the document: unknown keys (and what was probably meant), missing or
        impossible limits, repeated keys, references.

    Examples
    --------
    >>> policy = load_policy("{policy: mine, extends: default, cooldown: 5}", "mine.yaml")
    >>> policy.name, policy.cooldown, len(policy.digest)
    ('mine', 5, 64)
    """
    return _policy(_resolved(_parsed(text, name), name), name, risk)


def _policy(document: Document, name: str, risk: Risk) -> Policy:
    problems: list[Problem] = []
    fields = Fields(document, "", problems)
    title = fields.text("policy")
    persistence = {name: _persistence(fields.inside(name)) for name in PERSISTENCES}
    cooldown, same_start = fields.integer("cooldown", 0), fields.integer("same_start", 0)
    by_tier = _tiers(fields, persistence)
    approvals = approval_rules(fields)
    gates = read_gates(fields)
    validation = validation_rules(fields)
    fields.finish(also=("extends",))
    if problems:
        raise InvalidInput(f"The policy {name}", problems)
    return Policy(
        name=title,
        digest=_digest(document),
        risk=risk,
        rules=by_tier[risk],
        cooldown=cooldown,
        same_start=same_start,
        approvals=approvals[risk],
        gates=gates,
        validation=validation[risk],
    )


@lru_cache
def default_policy(risk: Risk) -> Policy:
    """Return the default policy (data/policies/default.yaml) for one risk tier."""
    return _policy(_default_document(), DEFAULT_FILE.name, risk)


@cache
def _default_document() -> Document:
    """Return the default policy as it is written.

    libyaml reads it in a tenth of the time, which every process would pay; it says less well where a fault
    is, and this file has none.
    """
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    found: Document = (
        yaml.load(text, Loader=yaml.CSafeLoader) if yaml.__with_libyaml__ else yaml.safe_load(text)
    )
    return found


class _Loader(yaml.SafeLoader):
    """Plain YAML that refuses repeated keys and references instead of guessing what was meant."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="references (*name) are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                problem = f"the key '{key.value}' stands there twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(str(key.value))
        return dict(super().construct_mapping(node, deep))


def _parsed(text: str, name: str) -> Document:
    if len(text) > LARGEST_DOCUMENT:
        message = f"is {len(text):,} characters long, at most {LARGEST_DOCUMENT:,} are read"
        raise InvalidInput(f"The policy {name}", [Problem(field="policy", message=message)])
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader that is stricter still
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "policy" if line is None else f"line {line + 1}"
        message = getattr(error, "problem", None) or f"is not YAML: {error}"
        raise InvalidInput(f"The policy {name}", [Problem(field=where, message=message)]) from error
    if not isinstance(document, dict):
        message = f"must be a mapping, not {shown(document)}"
        raise InvalidInput(f"The policy {name}", [Problem(field="policy", message=message)])
    return document


def _resolved(document: Document, name: str) -> Document:
    """Lay the document over the default where it says ``extends: default``."""
    base = document.get("extends")
    if base is None:
        return document
    if base != "default":
        problem = Problem(
            field="extends", message=f"{shown(base)} cannot be extended", remedy="write default"
        )
        raise InvalidInput(f"The policy {name}", [problem])
    return _laid_over(_default_document(), document)


def _laid_over(base: Document, changes: Document) -> Document:
    merged = dict(base)
    for key, value in changes.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = _laid_over(below, value)
        else:
            merged[key] = value
    return merged


def _digest(document: Document) -> str:
    """Return the SHA-256 of the document in one canonical form: sorted keys, no blanks, UTF-8."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def _tiers(fields: Fields, persistence: Mapping[str, Persistence]) -> Mapping[Risk, tuple[Rule, ...]]:
    """Read the rules as they stand, then once more those that a tier changes."""
    rules = fields.inside("rules")
    base: dict[str, Rule | None] = {}
    broken: set[str] = set()
    for name in rules.names():
        before = len(rules.problems)
        base[name] = _rule(rules, name, persistence)
        if len(rules.problems) > before:
            broken.add(name)
    _check_series(rules, base)
    tiers = fields.inside("tiers")
    by_tier: dict[Risk, tuple[Rule, ...]] = {}
    for risk in Risk:
        effective = dict(base)
        changes = tiers.inside(risk.value) if risk.value in tiers.values else Fields({}, "", [])
        for name in changes.names():
            if name not in base:
                changes.report(name, "is not a rule", suggestion(name, base))
            elif name not in broken and rules.values[name] is not False:
                merged = _laid_over({name: rules.values[name]}, {name: changes.values[name]})
                effective[name] = _rule(Fields(merged, changes.path, changes.problems), name, persistence)
        by_tier[risk] = tuple(rule for rule in effective.values() if rule is not None)
    tiers.finish(also=tuple(Risk))
    return by_tier


def _check_series(rules: Fields, base: Mapping[str, Rule | None]) -> None:
    for name, rule in base.items():
        if rule is not None and rule.series not in base:
            remedy = suggestion(rule.series, base)
            rules.report(f"{name}.counts_with", f"'{rule.series}' is not a rule", remedy)


def _rule(rules: Fields, name: str, persistence: Mapping[str, Persistence]) -> Rule | None:
    """Read one rule; None where it is switched off with ``false`` or cannot be read."""
    if rules.values.get(name) is False:
        return None
    fields = rules.inside(name)
    kind = fields.text("kind")
    if kind not in KINDS:
        if kind:
            fields.report("kind", f"'{kind}' is not a kind of rule", suggestion(kind, KINDS))
        return None
    fields.taken.update((*PERSISTENCES, "counts_with"))
    common = _Common(
        id=name,
        severity=fields.one_of("severity", Severity),
        **_own(fields, persistence),
        series=fields.text("counts_with") if fields.has("counts_with") else name,
    )
    rule = KINDS[kind](fields, common)
    fields.finish()
    return rule


def _own(fields: Fields, general: Mapping[str, Persistence]) -> _Persistences:
    """Return a rule's own persistences, the policy's where it names none."""
    both = {
        name: _persistence(fields.inside(name)) if fields.has(name) else general[name]
        for name in PERSISTENCES
    }
    return _Persistences(persistence=both["persistence"], unsure=both["unsure"])


def _persistence(fields: Fields) -> Persistence:
    fails, windows = fields.integer("fails", 1), fields.integer("windows", 1)
    if fails > windows:
        fields.report("fails", f"{fails} of {windows} windows can never fail")
    fields.finish()
    return Persistence(fails=fails, windows=windows)


def _beyond(fields: Fields) -> SelfVariation:
    inner = fields.inside("beyond")
    beyond = SelfVariation(
        sds=inner.number("sds", 0),
        min_windows=inner.integer("min_windows", 2),
        confidence=inner.number("confidence", 0.5, 0.999999),
    )
    inner.finish()
    return beyond


def _drift(fields: Fields, common: _Common) -> Rule:
    return DriftRule(
        **common,
        group=Group.DRIFT,
        roles=fields.many_of("roles", Role),
        min_rows=fields.integer("min_rows", 1),
        min_coverage=fields.number("min_coverage", 0, 1),
        tested_up_to=fields.integer("tested_up_to", 0),
        p=fields.levels("p", falling=True),
        psi=fields.levels("psi"),
        beyond=_beyond(fields),
    )


def _band(fields: Fields, common: _Common) -> Rule:
    role = fields.one_of("role", Role)
    by_task = fields.inside("metrics")
    metrics = {task: by_task.words(task.value, BY_NAME) for task in Task}
    by_task.finish()
    return BandRule(
        **common,
        group=_group(role),
        role=role,
        metrics=metrics,
        min_rows=fields.integer("min_rows", 1),
        min_group_rows=fields.integer("min_group_rows", 0),
        beyond=_beyond(fields),
        warn_margin=fields.number("warn_margin", 0),
        min_coverage=fields.number("min_coverage", 0, 1),
        limits=_limits(fields),
    )


def _limits(fields: Fields) -> Mapping[str, Limit]:
    inner = fields.inside("limits")
    return {metric: inner.limit(metric) for metric in inner.names()}


def _own_range(fields: Fields, common: _Common) -> Rule:
    role = fields.one_of("role", Role)
    return OwnRangeRule(
        **common,
        group=_own_group(fields, role),
        role=role,
        metrics=fields.words("metrics", BY_NAME),
        min_rows=fields.integer("min_rows", 1),
        beyond=_beyond(fields),
    )


def _rate(fields: Fields, common: _Common) -> Rule:
    role = fields.one_of("role", Role)
    return RateRule(
        **common,
        group=_group(role),
        role=role,
        metrics=fields.words("metrics", BY_NAME),
        min_rows=fields.integer("min_rows", 1),
        p=fields.levels("p", falling=True),
        margin=fields.levels("margin"),
        beyond=_beyond(fields),
    )


def _all_missing(fields: Fields, common: _Common) -> Rule:
    return AllMissingRule(**common, group=Group.QUALITY, p=fields.number("p", 0, 1))


def _ratio(fields: Fields, common: _Common) -> Rule:
    role = fields.one_of("role", Role)
    return RatioRule(
        **common,
        group=_group(role),
        role=role,
        metrics=fields.words("metrics", RATIOS),
        limit=fields.limit("limit"),
        min_group_rows=fields.integer("min_group_rows", 1),
        min_coverage=fields.number("min_coverage", 0, 1),
    )


def _traffic(fields: Fields, common: _Common) -> Rule:
    return TrafficRule(**common, group=Group.OPERATIONS, beyond=_beyond(fields))


def _limit(fields: Fields, common: _Common) -> Rule:
    role = fields.one_of("role", Role)
    fail = fields.limit("fail")
    return LimitRule(
        **common,
        group=_own_group(fields, role),
        role=role,
        metrics=fields.words("metrics", BY_NAME),
        warn=fields.limit("warn") if fields.has("warn") else fail,
        fail=fail,
        min_rows=fields.integer("min_rows", 0),
    )


def _own_group(fields: Fields, role: Role) -> Group:
    """Return the group that the rule names, else that of its role."""
    return fields.one_of("group", Group) if fields.has("group") else _group(role)


def _group(role: Role) -> Group:
    """Return the incidents that a rule on this role belongs to; inputs and outputs are quality."""
    return Group(role.value) if role.value in set(Group) else Group.QUALITY


KINDS: Mapping[str, Callable[[Fields, _Common], Rule]] = {
    "drift": _drift,
    "band": _band,
    "own_range": _own_range,
    "rate": _rate,
    "all_missing": _all_missing,
    "ratio": _ratio,
    "traffic": _traffic,
    "limit": _limit,
}
