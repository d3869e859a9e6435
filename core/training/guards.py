"""May this retraining begin now, and if not, why not? Pure: facts in, sentences out."""

from dataclasses import dataclass

from core.actions.guards import Refusal
from core.retrain import Retrain, RetrainKind
from core.spec import TrainingRule

ENOUGH = 100
"""Fresh labelled rows below which nothing can be learned that the champion does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when a retraining is asked for.

    Parameters
    ----------
    champion
        The version that the registry's alias shows.
    running
        The model's retraining that is under way.
    n_lately
        How many were begun in the last 30 days.
    n_fresh
        Labelled, mature rows since the reference.
    harm
        Why training on these rows would do harm; empty where it would not.
    not_entitled
        Why who asks may not; empty where they may.
    no_code
        Why the training code, or the orchestrator, that the spec names cannot be had; empty where it can.
    """

    kind: RetrainKind
    rule: TrainingRule
    is_classifier: bool
    has_label: bool
    registry: str
    writable: bool
    champion: str | None
    running: Retrain | None
    n_lately: int
    n_fresh: int
    harm: str = ""
    not_entitled: str = ""
    no_code: str = ""


def refusals(facts: Facts) -> tuple[Refusal, ...]:
    """Return every reason why it may not begin now; empty where it may."""
    found = (
        guard(facts)
        for guard in (_entitled, _way, _code, _label, _classifier, _writable, _champion, _alone, _budget)
    )
    first = tuple(one for one in found if one is not None)
    if first:
        return first
    return tuple(one for one in (_rows(facts), _harm(facts)) if one is not None)


def _entitled(facts: Facts) -> Refusal | None:
    return Refusal(guard="role", sentence=facts.not_entitled) if facts.not_entitled else None


def _way(facts: Facts) -> Refusal | None:
    if facts.rule.way is not None or facts.kind is not RetrainKind.RETRAIN:
        return None
    return Refusal(
        guard="training known",
        sentence="The spec does not say how to train: write training: {source: registry} to refit the logged"
        " pipeline.",
    )


def _code(facts: Facts) -> Refusal | None:
    return Refusal(guard="trainer there", sentence=facts.no_code) if facts.no_code else None


def _label(facts: Facts) -> Refusal | None:
    if facts.has_label:
        return None
    return Refusal(guard="labels known", sentence="The spec names no label: write columns.label.")


def _classifier(facts: Facts) -> Refusal | None:
    if facts.kind is RetrainKind.RETRAIN or facts.is_classifier:
        return None
    return Refusal(
        guard="scores known",
        sentence="Only a classifier's scores can be recalibrated: retrain this model instead.",
    )


def _writable(facts: Facts) -> Refusal | None:
    if facts.writable:
        return None
    return Refusal(
        guard="registry writable",
        sentence=f"Registry '{facts.registry}' is read-only here: set writable = true under"
        f" [registries.{facts.registry}] in trimtab.toml.",
    )


def _champion(facts: Facts) -> Refusal | None:
    if facts.champion is not None:
        return None
    return Refusal(
        guard="champion known",
        sentence="No version is champion, so there is nothing to start from: promote one first.",
    )


def _alone(facts: Facts) -> Refusal | None:
    if facts.running is None:
        return None
    return Refusal(
        guard="one at a time",
        sentence=f"Retraining {facts.running.id}, asked for by {facts.running.actor}, is under way: wait for"
        " it, or cancel its job.",
    )


def _budget(facts: Facts) -> Refusal | None:
    most = facts.rule.per_month
    if most is None or facts.n_lately < most:
        return None
    return Refusal(
        guard="within budget",
        sentence=f"{facts.n_lately} retrainings were begun in the last 30 days; the spec's budget is {most}.",
    )


def _rows(facts: Facts) -> Refusal | None:
    if facts.n_fresh >= ENOUGH:
        return None
    return Refusal(
        guard="labels enough",
        sentence=f"{facts.n_fresh:,} rows have come since the reference whose labels are known and mature;"
        f" at least {ENOUGH:,} are needed.",
    )


def _harm(facts: Facts) -> Refusal | None:
    return Refusal(guard="rows sound", sentence=facts.harm) if facts.harm else None
