"""May this change begin now, and if not, why not? Pure: facts in, sentences out.

A guard is a precondition of the action itself (the version exists, nobody else is moving the pointer). What
a candidate must be good enough for is a gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from core.action import CHAMPION, ActionKind, Gate, Pointer, shown_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when a change is asked for.

    Parameters
    ----------
    versions
        Versions that the registry has now.
    aliases
        What it shows now, alias → version.
    pointer
        The ledger's view of the alias; None where it was never seen.
    seen_generation
        The generation on whose sight the asker decided; None where they did not say.
    writable
        Whether Trimtab may change this registry.
    past
        Versions that the alias showed before.
    unknown_deployment
        The deployment that the spec names, where the settings do not know it.
    watched
        Whether the model is monitored.
    personal
        Why who asks may not ask for this, whatever the change is.
    gates
        How the candidate of a promotion stands before its policy.
    """

    kind: ActionKind
    alias: str
    to_version: str | None
    versions: frozenset[str]
    aliases: Mapping[str, str]
    pointer: Pointer | None
    seen_generation: int | None
    writable: bool
    registry: str
    past: frozenset[str] = frozenset()
    unknown_deployment: str | None = None
    watched: bool = False
    personal: tuple["Refusal", ...] = ()
    gates: tuple[Gate, ...] = ()

    @property
    def shows(self) -> str | None:
        """The version that the registry's alias shows now."""
        return self.aliases.get(self.alias)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a change may not begin: the guard's name, and a sentence that says what to do.

    ``is_gate``: it is not a guard's, but one of the candidate's gates, which are told with the others.
    """

    guard: str
    sentence: str
    is_gate: bool = False


MOVED_ON = Refusal(
    guard="decision fresh",
    sentence="The pointer moved on while this was being taken in: look again before you decide.",
)


def refusals(facts: Facts) -> tuple[Refusal, ...]:
    """Return every reason why the change may not begin now; empty where it may.

    Notes
    -----
    All guards are asked, so that one answer names all that is in the way.
    """
    found = (
        _guard(facts)
        for _guard in (
            _writable,
            _spelt,
            _free,
            _fresh,
            _in_step,
            _there,
            _different,
            _known,
            _deployable,
            _ending,
        )
    )
    gates = (
        Refusal(guard=gate.rule, sentence=gate.sentence, is_gate=True) for gate in facts.gates if gate.blocks
    )
    return (*facts.personal, *(one for one in found if one is not None), *gates)


def as_gates(refused: Sequence[Refusal], gates: Sequence[Gate] = ()) -> tuple[Gate, ...]:
    """Return what stands in the way as a receipt shows it, and then how the candidate's gates stand."""
    held = (one for one in refused if not one.is_gate)
    return (
        *(Gate(rule=one.guard, status="FAIL", sentence=one.sentence, blocks=True) for one in held),
        *gates,
    )


def as_sentence(refused: Sequence[Refusal]) -> str:
    """Return what stands in the way as one text."""
    return " ".join(one.sentence for one in refused)


def _writable(facts: Facts) -> Refusal | None:
    if facts.writable:
        return None
    return Refusal(
        guard="registry writable",
        sentence=f"Registry '{facts.registry}' is read-only here: set writable = true under"
        f" [registries.{facts.registry}] in trimtab.toml, or move the alias there.",
    )


def _spelt(facts: Facts) -> Refusal | None:
    """Some databases take "Champion" for "champion": its gates must not be passed by for that."""
    letters = (one for one in normalize("NFKD", facts.alias) if not combining(one))
    if facts.alias == CHAMPION or "".join(letters).strip().casefold() != CHAMPION:
        return None
    return Refusal(
        guard="alias spelt",
        sentence=f"A registry may take '{facts.alias}' for '{CHAMPION}': write that, or another name.",
    )


def _free(facts: Facts) -> Refusal | None:
    held = facts.pointer.action_id if facts.pointer else None
    if held is None:
        return None
    return Refusal(
        guard="pointer free",
        sentence=f"Action {held} is moving '{facts.alias}' now: wait for it to end.",
    )


def _fresh(facts: Facts) -> Refusal | None:
    now = facts.pointer.generation if facts.pointer else 0
    if facts.seen_generation in (None, now):
        return None
    return Refusal(
        guard="decision fresh",
        sentence=f"This was decided on generation {facts.seen_generation} of '{facts.alias}', which is at"
        f" generation {now} now and shows {shown_version(facts.shows)}: look again before you decide.",
    )


def _in_step(facts: Facts) -> Refusal | None:
    """The registry must show what the ledger says: else somebody moved it a moment ago."""
    known = facts.pointer.version if facts.pointer else None
    if facts.pointer is None or known == facts.shows:
        return None
    return Refusal(
        guard="registry as recorded",
        sentence=f"The registry shows {shown_version(facts.shows)} for '{facts.alias}', the ledger"
        f" {shown_version(known)}: it was moved past Trimtab. Look again in a few seconds.",
    )


def _there(facts: Facts) -> Refusal | None:
    if facts.to_version is None and facts.kind is ActionKind.PROMOTE:
        # Without this guard the alias would be taken away, and no gate asked.
        return Refusal(guard="version exists", sentence="No version is named: say which one to promote.")
    if facts.to_version is None or facts.to_version in facts.versions:
        return None
    newest = ", ".join(shown_version(one) for one in sorted(facts.versions, key=_by_number)[-5:])
    return Refusal(
        guard="version exists",
        sentence=f"The registry has no {shown_version(facts.to_version)}"
        + (f"; its newest are {newest}." if newest else "; the model has no version at all."),
    )


def _different(facts: Facts) -> Refusal | None:
    if facts.to_version is None or facts.to_version != facts.shows:
        return None
    return Refusal(
        guard="something to change",
        sentence=f"{shown_version(facts.to_version)} is what '{facts.alias}' shows already.",
    )


def _known(facts: Facts) -> Refusal | None:
    """A roll back goes to what was in production before; anything else is a promotion, with its gates."""
    if facts.kind is not ActionKind.ROLL_BACK:
        return None
    if facts.to_version is None:
        return Refusal(
            guard="earlier version",
            sentence=f"No earlier version of '{facts.alias}' is on record: name a version, or promote one.",
        )
    if facts.to_version in facts.past or facts.to_version == facts.shows:
        return None
    past = ", ".join(shown_version(one) for one in sorted(facts.past, key=_by_number)) or "none"
    return Refusal(
        guard="earlier version",
        sentence=f"{shown_version(facts.to_version)} was never in production here (on record: {past}):"
        " promote it instead.",
    )


def _deployable(facts: Facts) -> Refusal | None:
    name = facts.unknown_deployment
    # The deployment is told of versions to run; of an end it is not.
    if name is None or facts.kind is ActionKind.RETIRE:
        return None
    return Refusal(
        guard="deployment known",
        sentence=f"The spec's deployment '{name}' is not in trimtab.toml: add [deployments.{name}].",
    )


def _ending(facts: Facts) -> Refusal | None:
    if facts.kind is not ActionKind.RETIRE or facts.shows is not None or facts.watched:
        return None
    return Refusal(
        guard="something to change",
        sentence=f"There is nothing to retire: '{facts.alias}' shows no version, and nothing is monitored.",
    )


def _by_number(version: str) -> tuple[int, str]:
    return (len(version), version)
