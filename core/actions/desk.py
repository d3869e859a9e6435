"""The desk of actions: what is asked for is guarded, put on record, and handed to the runner."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex

from core.access.person import Person
from core.action import (
    CHAMPION,
    Action,
    ActionKind,
    ActionStatus,
    Contrasts,
    Move,
    Pointer,
    Stay,
)
from core.actions import approval_steps, approving, deleted, evidence, guards, observing, past, transitions
from core.actions.approving import Approving
from core.actions.contrasts import contrasts
from core.actions.keyed import again
from core.actions.recorder import Recorder
from core.actions.runner import ActionRunner
from core.actions.shown import build_actions
from core.errors import Conflict, InvalidInput, NotFound, Problem, StalePointer
from core.keyed import OneAtATime
from core.ledger import Ledger
from core.ports import Clock, RegisteredModel, Registry
from core.store import AnalyticsStore, StateStore, StoredMonitor, registry_mirror
from core.views.actions import ActionScope, ActionsView

_OPEN = (ActionStatus.WAITING_APPROVAL, ActionStatus.RUNNING, ActionStatus.UNCONFIRMED)
_log = logging.getLogger("trimtab.actions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asks for.

    ``version`` None lets a roll back choose by the evidence; ``generation`` is what they decided on, where
    they say so; the same ``key`` asked for again gives the same action. ``person`` is who asks, for their
    roles; None where Trimtab itself does.
    """

    kind: ActionKind
    model: str
    version: str | None
    reason: str
    actor: str
    alias: str = CHAMPION
    generation: int | None = None
    key: str | None = None
    person: Person | None = None


class ActionDesk:
    """Takes requests to change production, and tells what became of them. Safe between threads.

    Parameters
    ----------
    runner
        Does what was taken in.
    store, state
        Rows and judgements; pointers and actions.
    ledger
        Is told every step.
    registries
        Short name → registry.
    deployments
        Names of the deployments that the settings know.
    approving
        Knows who may ask, who must agree, and how candidates stand.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        runner: ActionRunner,
        store: AnalyticsStore,
        state: StateStore,
        ledger: Ledger,
        registries: Mapping[str, Registry],
        deployments: frozenset[str],
        approving: Approving,
        clock: Clock,
    ) -> None:
        self._runner = runner
        self._approving = approving
        self._store = store
        self._state = state
        self._table = state.pointers
        self._recorder = Recorder(state, ledger)
        self._ledger = ledger
        self._registries = registries
        self._deployments = deployments
        self._clock = clock
        self._one_at_a_time = OneAtATime()

    # ---------------------------------------------------------------- asking

    def ask(self, asked: Asked) -> Action:
        """Change what an alias shows, or say why not; returns the action as far as it came.

        Raises
        ------
        InvalidInput
            There is no reason.
        NotFound
            No registry has such a model.
        Conflict
            The key was used for another request.
        Unavailable
            The registry does not answer: nothing was changed.
        """
        reason = asked.reason.strip()
        if not reason:
            problem = Problem(field="reason", message="is empty", remedy="say why, for those who come after")
            raise InvalidInput("The action", [problem])
        with self._one_at_a_time.under(asked.key):
            known = None if asked.key is None else self._table.by_key(asked.key)
            if known is not None:
                return again(known, asked.kind, asked.model)
            taken = self._take(replace(asked, reason=reason))
        return self._runner.advance(taken) if taken.status is ActionStatus.RUNNING else taken

    def _take(self, asked: Asked) -> Action:
        """Put a request on record, as an action that runs or as a refusal."""
        action, facts = self.draw_up(asked, anew=True)
        refused = guards.refusals(facts)
        if refused:
            return self._refuse(action, refused, asked.key)
        if action.binding is not None:
            until = action.asked_at + self._approving.span(action)
            waits = approval_steps.wait(action, action.asked_at, until=until)
            return self._recorder.write(waits, key=asked.key)
        try:
            began = self._recorder.write(
                transitions.begin(action, facts.pointer, action.asked_at), key=asked.key
            )
        except StalePointer:
            # Somebody was quicker between the look and the lock: what stands in the way is on record now.
            pointer = self._table.get(action.registry, action.model, action.alias)
            refused = guards.refusals(replace(facts, pointer=pointer)) or (guards.MOVED_ON,)
            return self._refuse(action, refused, asked.key)
        _log.info("action.asked id=%s kind=%s model=%s", action.id, action.kind, action.name)
        return began

    def registry(self, action: Action) -> Registry:
        """Return the registry in which an action moves an alias."""
        return self._registries[action.registry]

    def preview(self, asked: Asked) -> Action:
        """Return the action that would begin, its gates what stands in its way; nothing is put on record."""
        action, facts = self.draw_up(asked)
        refused = guards.refusals(facts)
        would = f"{transitions.said(action)}" + (
            f" would be refused: {guards.as_sentence(refused)}"
            if refused
            else f": nothing stands in its way{self._approving.would_wait(action)}."
        )
        return replace(action, gates=guards.as_gates(refused, action.gates), sentence=would)

    def _refuse(self, action: Action, refused: Sequence[guards.Refusal], key: str | None) -> Action:
        _log.info("action.refused id=%s guards=%s", action.id, ",".join(one.guard for one in refused))
        held = replace(
            action,
            gates=guards.as_gates(refused, action.gates),
            approvals=(),
            generation=action.generation - 1,
            sentence=f"{transitions.said(action)} was refused: {guards.as_sentence(refused)}",
        )
        return self._recorder.write(transitions.refuse(held, action.asked_at), key=key)

    def draw_up(self, asked: Asked, *, anew: bool = False) -> tuple[Action, guards.Facts]:
        """Return the action as it would begin, and what its guards need to know; errors as :meth:`ask`.

        ``anew`` has the version's files hashed again, as they must be before it may begin.
        """
        # Before the registry is asked: see take_in.
        recorded = self._table.every(*self._split(asked.model))
        registry, found = self._looked_up(asked.model)
        self.take_in(registry.name, [found], recorded, whole=False)
        shows = found.aliases.get(asked.alias)
        pointer = self._table.get(registry.name, found.name, asked.alias)
        history = self._moves(registry.name, found.name, asked.alias)
        monitor = self._approving.monitor(f"{registry.name}/{found.name}")
        to_version, known = self._choose(asked, monitor, shows, history)
        versions = frozenset(one.version for one in found.versions)
        standing = None
        if monitor and to_version in versions and (asked.kind, asked.alias) == (ActionKind.PROMOTE, CHAMPION):
            change = approving.Change(registry, found.name, to_version, asked.alias, (asked.actor,))
            standing = self._approving.standing(monitor, change, shows, anew=anew)
        now = self._clock.now()
        binding = self._approving.binding(asked.kind, monitor, to_version, pointer)
        action = Action(
            id=token_hex(6),
            kind=asked.kind,
            registry=registry.name,
            model=found.name,
            alias=asked.alias,
            from_version=shows,
            to_version=to_version,
            generation=(pointer.generation if pointer else 0) + 1,
            status=ActionStatus.RUNNING,
            reason=asked.reason,
            actor=asked.actor,
            asked_at=now,
            approvals=self._approving.notes(asked.actor, asked.kind, binding, now),
            evidence={**known, **({} if standing is None else standing.evidence)},
            gates=() if standing is None else standing.gates,
            binding=binding,
        )
        facts = guards.Facts(
            kind=asked.kind,
            alias=asked.alias,
            to_version=to_version,
            versions=versions,
            aliases=found.aliases,
            pointer=pointer,
            seen_generation=asked.generation,
            writable=registry.writable,
            registry=registry.name,
            past=frozenset(past.shown_before(history)),
            unknown_deployment=self._unknown_deployment(monitor),
            watched=monitor is not None and monitor.retired_at is None,
            personal=self._approving.entitled(asked.person, asked.kind, now),
            gates=action.gates,
        )
        return action, facts

    def _choose(
        self, asked: Asked, monitor: StoredMonitor | None, shows: str | None, history: Sequence[Move]
    ) -> tuple[str | None, Mapping[str, str]]:
        """Return the version meant, and what is known of it and of the one in production.

        A roll back that names none goes to the earlier version with the longest healthy spell; where nothing
        was ever judged, to the one before.
        """
        if asked.kind is ActionKind.RETIRE:
            return None, self._known(monitor, (shows,))
        if monitor is None:
            return asked.version or past.previous(history), {}
        with self._store.reading() as cursor:
            choice = None
            if asked.version is None and asked.kind is ActionKind.ROLL_BACK:
                choice = evidence.last_good(cursor, monitor, past.shown_before(history) - {shows})
            to_version = asked.version or (choice.version if choice else past.previous(history))
            return to_version, evidence.of(cursor, monitor, (shows, to_version), choice)

    def _known(self, monitor: StoredMonitor | None, versions: Sequence[str | None]) -> Mapping[str, str]:
        if monitor is None:
            return {}
        with self._store.reading() as cursor:
            return evidence.of(cursor, monitor, versions, None)

    def _looked_up(self, model: str) -> tuple[Registry, RegisteredModel]:
        """Return a model as its registry has it now, with that registry."""
        short, bare = self._split(model)
        if short is not None:
            return self._registries[short], self._registries[short].model(bare)
        with self._store.reading() as cursor:
            known = [one.registry for one in registry_mirror.models(cursor, name=model)]
        if len(known) > 1:
            shown = ", ".join(f"{registry}/{model}" for registry in known)
            raise Conflict(
                f"'{model}' names several models: {shown}", hint="Write the registry's name before it."
            )
        # What the mirror has not seen yet may have been registered a moment ago.
        for name in known or self._registries:
            try:
                return self._registries[name], self._registries[name].model(model)
            except NotFound:
                continue
        raise NotFound("registered model", model, hint="See trimtab models for those that exist.")

    def _unknown_deployment(self, monitor: StoredMonitor | None) -> str | None:
        name = None if monitor is None else monitor.spec.deployment
        return None if name is None or name in self._deployments else name

    # ---------------------------------------------------------------- registries

    def recorded(self, registry: str) -> list[Pointer]:
        """Return a registry's pointers as they are on record."""
        return self._table.every(registry)

    def take_in(
        self,
        registry: str,
        found: Sequence[RegisteredModel],
        recorded: Sequence[Pointer],
        *,
        whole: bool,
    ) -> None:
        """Put on record what aliases show that no action made them show.

        Parameters
        ----------
        found
            Models as the registry has them.
        recorded
            What was on record *before* the registry was asked: a pointer that an action moved in between is
            then no longer what the note starts from, and the note is not written.
        whole
            Whether these are all models of the registry: then a model that is not among them is gone.
        """
        known = [one for one in recorded if one.registry == registry]
        now = self._clock.now()
        told = observing.moves(registry, found, known, now, whole=whole)
        with self._state.together():
            n_written = self._recorder.write_all(told)
            deleted.look(self._state, registry, found, self._moves, whole=whole, now=now)
        if n_written:
            _log.info("pointers.seen registry=%s n=%d", registry, n_written)

    # ---------------------------------------------------------------- answers

    def get(self, action_id: str) -> Action:
        """Return one action; raises ``NotFound``."""
        return self._table.action(action_id)

    def every(self, *, model: str | None = None, open_only: bool = False) -> list[Action]:
        """Return actions, the latest first."""
        registry, name = (None, None) if model is None else self._split(model)
        return self._table.actions(registry=registry, model=name, statuses=_OPEN if open_only else ())

    def history(self, model: str, *, alias: str | None = None) -> list[Stay]:
        """Return who or what was champion from when to when, oldest first.

        A model that was never read is read now.

        Raises
        ------
        NotFound
            Neither the ledger nor a registry knows the model.
        """
        registry, name = self._split(model)
        pointers = self._table.every(registry, name)
        if not pointers:
            holder, found = self._looked_up(model)
            self.take_in(holder.name, [found], (), whole=False)
            pointers = self._table.every(holder.name, found.name)
        return [
            stay
            for key in dict.fromkeys((one.registry, one.model) for one in pointers)
            for stay in past.stays(self._moves(*key, alias))
        ]

    def view(self, scope: ActionScope, person: Person | None = None) -> ActionsView:
        """Return what pages show somebody of a model's actions; where no registry lists it, of none."""
        short, name = self._split(scope.model)
        with self._store.reading() as cursor:
            known = registry_mirror.models(cursor, registry=short, name=name)
        registry = known[0].registry if known else ""
        name = known[0].name if known else scope.model
        return build_actions(
            (registry, name),
            known[0] if known else None,
            self._moves(registry, name, CHAMPION),
            self._table.actions(registry=registry, model=name),
            writable=registry in self._registries and self._registries[registry].writable,
            now=self._clock.now(),
            barred=self._approving.barred(person, self._clock.now()),
        )

    def contrasts(self, model: str, version: str, *, against: str | None = None) -> Contrasts:
        """Return a version beside another, or the champion; see :func:`core.actions.contrasts.contrasts`."""
        registry, found = self._looked_up(model)
        return contrasts(registry, found.name, against or found.aliases.get(CHAMPION), version)

    def fleet_at(self, at: datetime | None, *, alias: str | None = CHAMPION) -> list[Stay]:
        """Return what every model's alias showed at a time (None: now), and how it came there."""
        moves = past.moves(self._ledger.records(kinds=past.MOVING, limit=None))
        chosen = [move for move in moves if alias in (None, move.alias)]
        at = at or self._clock.now()
        then = [
            one for one in past.stays(chosen) if one.since <= at and (one.until is None or at < one.until)
        ]
        return sorted(then, key=lambda one: (one.registry, one.model, one.alias))

    def _moves(self, registry: str, model: str, alias: str | None = None) -> list[Move]:
        records = self._ledger.records(model=f"{registry}/{model}", kinds=past.MOVING, limit=None)
        return [move for move in past.moves(records) if alias in (None, move.alias)]

    def _split(self, model: str) -> tuple[str | None, str]:
        """Return registry and name of a model; no registry where it is named bare."""
        short, _, bare = model.partition("/")
        return (short, bare) if bare and short in self._registries else (None, model)
