"""Evidence about a model at work: rows, verdicts, and the rules by which it is judged. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

from core.chain.canonical import Json
from core.chain.entries import moment
from core.evidence.facts import Judged, ModelFacts
from core.evidence.found import Found, Nothing, Standing

_WORDS = {
    "quality": "the quality of inputs",
    "drift": "drift of inputs and outputs",
    "performance": "performance",
    "fairness": "fairness",
    "operations": "operations",
}
SILENT_AFTER = timedelta(days=7)
"""Without a judgement for so long, a model's monitoring is of a time gone by, whatever a pack says."""


def reference(facts: ModelFacts) -> Found | Nothing:
    """Say what no change looks like."""
    if facts.reference is None:
        return Nothing(why="No reference is pinned: nothing says what no change looks like.")
    digest, pinned_at = facts.reference
    return Found(said=f"Reference pinned {pinned_at:%d %b %Y}.", content={"reference": digest}, at=pinned_at)


def policy(facts: ModelFacts) -> Found | Nothing:
    """Say by which rules it is judged."""
    if facts.policy is None or not facts.policy.rules:
        return Nothing(why="No policy judges the model.")
    named = facts.policy
    content: dict[str, Json] = {
        "policy": named.name,
        "digest": named.digest,
        "risk": named.risk.value,
        "rules": [rule.id for rule in named.rules],
    }
    return Found(
        said=f"Policy {named.name}: {len(named.rules)} rules at {named.risk.value} risk.", content=content
    )


def gates(facts: ModelFacts) -> Found | Nothing:
    """Say what a version must pass before it goes into production."""
    if facts.policy is None or not facts.policy.gates:
        return Nothing(why="No gate stands before production.")
    named = facts.policy
    content: dict[str, Json] = {
        "digest": named.digest,
        "gates": [gate.id for gate in named.gates],
        "approvals": named.approvals.promote,
    }
    said = f"{len(named.gates)} gates before a promotion; approvals by others: {named.approvals.promote}."
    return Found(said=said, content=content)


def logging(facts: ModelFacts) -> Found | Nothing:
    """Say whether predictions are recorded and counted."""
    rows = facts.logged
    if rows is None or not rows.n_rows:
        return Nothing(why="No prediction of the model was ever counted.")
    content: dict[str, Json] = {"n_rows": rows.n_rows, "judged_at": moment(rows.judged_at)}
    return _lately(facts, f"{rows.n_rows:,} predictions counted.", content, rows.judged_at)


def outcomes(facts: ModelFacts) -> Found | Nothing:
    """Say whether true outcomes come back."""
    rows = facts.logged
    if rows is None or not rows.n_labelled:
        return Nothing(why="No label has come back for any prediction.")
    content: dict[str, Json] = {"n_rows": rows.n_rows, "n_labelled": rows.n_labelled}
    said = f"{rows.n_labelled:,} of {rows.n_rows:,} predictions have their label."
    return Found(said=said, content=content, at=rows.judged_at)


def monitoring(facts: ModelFacts) -> Found | Nothing:
    """Say whether anything was judged lately."""
    known = {name: one for name, one in facts.judged.items() if one.window is not None}
    if not known:
        return Nothing(why="Nothing of the model was ever judged.")
    latest = max(one.judged_at for one in known.values())
    content: dict[str, Json] = {
        "judged_at": moment(latest),
        "aspects": {name: one.window for name, one in sorted(known.items())},
    }
    return _lately(facts, f"Judged: {', '.join(sorted(known))}.", content, latest)


def aspect(name: str) -> Callable[[ModelFacts], Found | Nothing]:
    """Return the collector of one aspect's latest verdicts."""

    def ask(facts: ModelFacts) -> Found | Nothing:
        return _judged(facts, name)

    return ask


def fairness(facts: ModelFacts) -> Found | Nothing:
    """Say whether groups of people are treated alike; without a sensitive column nobody can."""
    if facts.spec is None or not facts.spec.sensitive:
        return Nothing(why="The spec names no sensitive column: groups cannot be compared.")
    return _judged(facts, "fairness")


def _judged(facts: ModelFacts, name: str) -> Found | Nothing:
    """Return the latest verdicts of an aspect: a FAIL is evidence that it is looked at, and not enough."""
    one, words = facts.judged.get(name), _WORDS[name]
    if one is None:
        return Nothing(why=f"No rule has judged {words} yet.")
    if one.window is None:
        return Nothing(why=f"No verdict on {words} is known: {one.unknown or 'no closed window'}.")
    content = _content(one)
    n = one.n_passed + one.n_warned + one.n_failed
    said = f"Window {one.window}: {n} verdicts on {words}, {one.n_warned} warn, {one.n_failed} fail."
    if one.n_failed:
        return Found(
            said=f"{said} {one.worst}".rstrip(), content=content, at=one.judged_at, standing=Standing.SHORT
        )
    return _lately(facts, said, content, one.judged_at)


def _lately(facts: ModelFacts, said: str, content: dict[str, Json], judged_at: datetime) -> Found:
    is_old = facts.now - judged_at > SILENT_AFTER
    if is_old:
        said = f"{said} Nothing was judged since {judged_at:%d %b %Y}."
    standing = Standing.OUTDATED if is_old else Standing.HOLDS
    return Found(said=said, content=content, at=judged_at, standing=standing)


def _content(one: Judged) -> dict[str, Json]:
    return {
        "version": one.version,
        "window": one.window,
        "metrics": list(one.metrics),
        "policy": one.policy,
        "passed": one.n_passed,
        "warned": one.n_warned,
        "failed": one.n_failed,
        "unknown": one.n_unknown,
    }
