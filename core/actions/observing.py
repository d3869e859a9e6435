"""What registries show against what is recorded: moves past Trimtab, aliases that look alike. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.action import Pointer, Transition
from core.actions import transitions
from core.ports import RegisteredModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Aliases of one model that differ in upper and lower case only: which one does a client mean?"""

    registry: str
    model: str
    aliases: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        listed = ", ".join(f"'{alias}'" for alias in self.aliases)
        return f"{self.model} has aliases that differ in case only ({listed}): take away those not meant."


def moves(
    registry: str, found: Iterable[RegisteredModel], known: Sequence[Pointer], at: datetime, *, whole: bool
) -> list[Transition]:
    """Return what the ledger must be told of aliases that show what no action made them show.

    A pointer that an action holds is left to that action.

    Parameters
    ----------
    registry
        Short name of the registry that was read.
    found
        Its models, all of them where ``whole``: then an alias of a model that is not among them is gone.
    known
        The recorded pointers of the registry.
    """
    recorded = {(one.model, one.alias): one for one in known}
    shown = {(model.name, alias): version for model in found for alias, version in model.aliases.items()}
    there = {model.name for model in found}
    told = []
    for (model, alias), version in shown.items():
        pointer = recorded.get((model, alias))
        if pointer is None or (pointer.action_id is None and pointer.version != version):
            told.append(transitions.seen(pointer, _shown(registry, model, alias, version, pointer, at), at))
    for (model, alias), pointer in recorded.items():
        gone = (model, alias) not in shown and (whole or model in there)
        if gone and pointer.action_id is None and pointer.version is not None:
            told.append(transitions.seen(pointer, _shown(registry, model, alias, None, pointer, at), at))
    return told


def alike(found: Iterable[tuple[str, str, Mapping[str, object]]]) -> list[Alike]:
    """Return aliases that differ in case only; ``found`` are registry, model and its aliases.

    Examples
    --------
    >>> [one.aliases for one in alike([("local", "credit", {"champion": 1, "Champion": 2, "next": 3})])]
    [('Champion', 'champion')]
    """
    told = []
    for registry, model, aliases in found:
        by_letters: dict[str, list[str]] = defaultdict(list)
        for alias in aliases:
            by_letters[alias.casefold()].append(alias)
        told += [
            Alike(registry=registry, model=model, aliases=tuple(sorted(same)))
            for same in by_letters.values()
            if len(same) > 1
        ]
    return told


def _shown(
    registry: str, model: str, alias: str, version: str | None, before: Pointer | None, at: datetime
) -> Pointer:
    generation = before.generation if before else -1
    return Pointer(
        registry=registry, model=model, alias=alias, version=version, generation=generation, since=at
    )
