"""Actions are done step by step, whatever happens in between.

Every step is written before the next begins (:mod:`core.actions.transitions`). Who finds an action running
after a crash looks at the registry and does what is left: it moves the alias only while that still shows
the version that the action started from, and closes the action where somebody else was quicker.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from core.action import Action, ActionKind, ActionStatus, Pointer, Step, Transition, shown_version
from core.actions import emergency, traffic, transitions
from core.actions.journal import Journal
from core.actions.recorder import Recorder
from core.actions.retiring import Retiring
from core.errors import Conflict, IntegrityError, NotFound, StalePointer, TrimtabError, Unavailable
from core.ledger import Ledger
from core.ports import Clock, Deployment, Order, Registry
from core.store import AnalyticsStore, StateStore, StoredMonitor, registry_mirror

PATIENCE = timedelta(minutes=15)
"""How long after it was asked for, or was approved, an action may still begin to change anything."""
MAX_CALLS = 5
"""How often a deployment that does not answer is called before the alias goes back."""
_PAUSES_S = (2.0, 5.0, 15.0, 60.0)
_log = logging.getLogger("trimtab.actions")


class ActionRunner:
    """Does what the desk took in, and finishes what was cut off. Safe between threads.

    Parameters
    ----------
    store, state
        Rows; pointers and actions.
    ledger
        Is told every step.
    registries
        Short name → registry.
    deployments
        Name → deployment, as the settings say.
    journal
        What was done in an emergency, while no ledger could be told.
    retiring
        Does what is left once a retired model's alias is gone.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        ledger: Ledger,
        registries: Mapping[str, Registry],
        deployments: Mapping[str, Deployment],
        journal: Journal,
        retiring: Retiring,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._table = state.pointers
        self._recorder = Recorder(state, ledger)
        self._ledger = ledger
        self._registries = registries
        self._deployments = deployments
        self._journal = journal
        self._retiring = retiring
        self._clock = clock
        self._door = threading.Lock()
        self._busy: set[str] = set()
        self._not_before: dict[str, datetime] = {}
        self._also: list[Callable[[], None]] = []

    def also(self, tend: Callable[[], None]) -> None:
        """Do something more whenever what runs is finished: what waits is looked after so."""
        self._also.append(tend)

    def reconcile(self) -> None:
        """Finish what runs, and look whether rows show what was moved: at start, and every few seconds."""
        emergency.take_in(
            self._journal,
            state=self._state,
            ledger=self._ledger,
            recorder=self._recorder,
            at=self._clock.now(),
        )
        for tend in self._also:
            tend()
        for action in self._table.actions(statuses=(ActionStatus.RUNNING,)):
            if self._due(action):
                self.advance(action)
        for action in self._table.actions(statuses=(ActionStatus.UNCONFIRMED,)):
            with self._alone_on(action) as mine:
                if mine:
                    self._look_at_traffic(action)

    def advance(self, action: Action) -> Action:
        """Take a running action as far as it goes now; returns it as it is then."""
        with self._alone_on(action) as mine:
            if not mine:
                return self._table.action(action.id)
            while action.status is ActionStatus.RUNNING:
                before = action
                try:
                    action = self._step(action)
                except StalePointer:
                    action = self._table.action(action.id)
                    break
                except TrimtabError as error:
                    return self._tried(action, error)
                if action == before:
                    break
        return action

    def _step(self, action: Action) -> Action:
        if action.step is Step.ASKED:
            return self._move(action)
        if action.step is Step.MOVED:
            return self._retire(action) if action.kind is ActionKind.RETIRE else self._deploy(action)
        if action.step is Step.UNDOING:
            return self._undo(action)
        return self._look_at_traffic(action)

    def _move(self, action: Action) -> Action:
        """Set the alias where it still shows the version the action started from, and read it back."""
        registry, now = self._registry(action), self._clock.now()
        shows = registry.model(action.model).aliases.get(action.alias)
        if shows == action.from_version != action.to_version:
            if now - (action.begun_at or action.asked_at) > PATIENCE:
                return self._fail(action, shows, "it could not begin in time; nothing was changed.")
            self._set(action, action.to_version)
            shows = registry.model(action.model).aliases.get(action.alias)
        if shows != action.to_version:
            what = (
                "somebody else moved the alias first"
                if shows != action.from_version
                else "the alias did not move"
            )
            return self._fail(action, shows, f"{what}; it shows {shown_version(shows)}.")
        monitor = self._monitor(action)
        from_arrival = None
        if monitor is not None:
            with self._store.reading() as cursor:
                from_arrival = traffic.arrived(cursor, monitor)
        moved = transitions.moved(action, self._pointer(action), self._clock.now(), from_arrival=from_arrival)
        written = self._written(moved)
        self._sign()
        return written

    def _sign(self) -> None:
        """Sign the ledger up to the move; what cannot be signed or anchored now is so within a minute."""
        try:
            self._ledger.checkpoint()
        except TrimtabError as error:
            _log.warning("ledger.not_signed cause=%s", error)

    def _deploy(self, action: Action) -> Action:
        deployment = self._deployment(action)
        if deployment is None:
            return self._look_at_traffic(action)
        try:
            answer = deployment.deploy(_order(action))
        except Conflict as error:
            sentence = f"the deployment '{deployment.name}' refused {shown_version(action.to_version)}"
            return self._written(
                transitions.undoing(action, self._clock.now(), sentence=f"{sentence}: {error.message}")
            )
        except Unavailable as error:
            if action.attempt + 1 < MAX_CALLS:
                raise
            sentence = f"the deployment '{deployment.name}' did not answer {MAX_CALLS} times: {error.cause}"
            return self._written(transitions.undoing(action, self._clock.now(), sentence=sentence))
        return self._written(
            transitions.deployed(action, self._clock.now(), how=f"{deployment.name}: {answer}")
        )

    def _retire(self, action: Action) -> Action:
        """Archive what is known, and close the monitor and its incidents together with the action."""
        archive = self._retiring.archive(action)
        self._retiring.forget_facts(action)
        # In this order, as everybody takes them: who judges writes to the state store under the lock.
        with self._retiring.judging, self._state.together():
            n_closed = self._retiring.close(action)
            sentence = (
                f"{transitions.said(action)}: the alias is gone, nothing is judged any more,"
                f" {n_closed} incident{'' if n_closed == 1 else 's'} closed;"
                f" evidence in {archive.parent.name}/{archive.name}."
            )
            done = transitions.done(action, self._pointer(action), self._clock.now(), sentence=sentence)
            return self._written(done)

    def _undo(self, action: Action) -> Action:
        registry = self._registry(action)
        shows = registry.model(action.model).aliases.get(action.alias)
        if shows == action.to_version:
            self._set(action, action.from_version)
            shows = registry.model(action.model).aliases.get(action.alias)
        again = " again" if shows == action.from_version else ""
        return self._fail(action, shows, f"{action.sentence}. The alias shows {shown_version(shows)}{again}.")

    def _look_at_traffic(self, action: Action) -> Action:
        """Say done where most of the newest rows carry the version, else what they carry."""
        now, pointer = self._clock.now(), self._pointer(action)
        if pointer.generation != action.generation or pointer.version != action.to_version:
            shows = shown_version(pointer.version)
            sentence = (
                f"{transitions.said(action)}: overtaken before rows showed it; the alias shows {shows}."
            )
            return self._written(transitions.overtaken(action, now, sentence=sentence))
        seen = traffic.Traffic(why_none="the model is not monitored")
        monitor = self._monitor(action)
        if monitor is not None:
            with self._store.reading() as cursor:
                seen = traffic.since(cursor, monitor, action.from_arrival or 0)
        held = pointer if pointer.action_id == action.id else None
        sentence = f"{transitions.said(action)}: alias moved, {seen.sentence(action.to_version)}."
        if seen.shows(action.to_version):
            return self._written(transitions.done(action, held, now, sentence=sentence))
        if held is not None:
            return self._written(transitions.unconfirmed(action, held, now, sentence=sentence))
        if sentence != action.sentence:
            return self._written(transitions.told(action, now, sentence=sentence))
        return action

    def _fail(self, action: Action, shows: str | None, why: str) -> Action:
        sentence = f"{transitions.said(action)} failed: {why}"
        return self._written(
            transitions.failed(
                action, self._pointer(action), self._clock.now(), sentence=sentence, shows=shows
            )
        )

    def _set(self, action: Action, version: str | None) -> None:
        registry = self._registry(action)
        if version is None:
            registry.drop_alias(action.model, action.alias)
        else:
            registry.set_alias(action.model, action.alias, version)

    def _tried(self, action: Action, error: TrimtabError) -> Action:
        _log.warning("action.tried id=%s step=%s cause=%s", action.id, action.step, error)
        sentence = f"{transitions.said(action)} goes on as soon as it can: {error.message}."
        pause = _PAUSES_S[min(action.attempt, len(_PAUSES_S) - 1)]
        self._not_before[action.id] = self._clock.now() + timedelta(seconds=pause)
        try:
            return self._written(transitions.tried(action, self._clock.now(), sentence=sentence))
        except StalePointer:
            return self._table.action(action.id)

    def _due(self, action: Action) -> bool:
        """Whether it may be tried again; after a start at once, since nobody waits in this process yet."""
        return self._clock.now() >= self._not_before.get(action.id, action.asked_at)

    @contextmanager
    def _alone_on(self, action: Action) -> Iterator[bool]:
        """Keep other threads of this process off an action; False where one is at it."""
        with self._door:
            mine = action.id not in self._busy
            self._busy.add(action.id)
        try:
            yield mine
        finally:
            if mine:
                with self._door:
                    self._busy.discard(action.id)

    def _written(self, transition: Transition) -> Action:
        written = self._recorder.write(transition)
        if transition.draft is not None:
            _log.info("%s id=%s", transition.draft.kind, written.id)
        before, after = transition.pointer_before, transition.pointer
        if before is not None and after is not None and before.version != after.version:
            with self._store.writing() as cursor:
                registry_mirror.point(
                    cursor, after.registry, after.model, after.alias, after.version, now=transition.at
                )
        return written

    def _pointer(self, action: Action) -> Pointer:
        found = self._table.get(action.registry, action.model, action.alias)
        if found is None:
            raise IntegrityError(
                f"Action {action.id} moves '{action.alias}' of {action.name}, which is not on record"
            )
        return found

    def _registry(self, action: Action) -> Registry:
        if action.registry not in self._registries:
            raise Unavailable(
                f"Registry '{action.registry}'",
                "the settings do not name it any more",
                hint=f"Put [registries.{action.registry}] back into trimtab.toml.",
            )
        return self._registries[action.registry]

    def _deployment(self, action: Action) -> Deployment | None:
        monitor = self._monitor(action)
        name = None if monitor is None else monitor.spec.deployment
        if name is None:
            return None
        if name not in self._deployments:
            raise Unavailable(
                f"The deployment '{name}'",
                "the settings do not name it",
                hint=f"Add [deployments.{name}] to trimtab.toml.",
            )
        return self._deployments[name]

    def _monitor(self, action: Action) -> StoredMonitor | None:
        try:
            return self._state.monitor(action.name)
        except NotFound:
            return None


def _order(action: Action) -> Order:
    return Order(
        id=action.id,
        kind=action.kind.value,
        registry=action.registry,
        model=action.model,
        alias=action.alias,
        from_version=action.from_version,
        to_version=action.to_version,
        generation=action.generation,
    )
