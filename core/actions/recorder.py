"""A step of an action becomes fact: rows and ledger entry in one transaction, or nothing of it."""

from collections.abc import Sequence
from dataclasses import replace

from core.action import Action, Transition
from core.errors import StalePointer
from core.ledger import Ledger
from core.store import StateStore


class Recorder:
    """Writes transitions.

    Parameters
    ----------
    state
        Holds pointers and actions; its transactions take the ledger in.
    ledger
        Is told what the transitions say.
    """

    def __init__(self, state: StateStore, ledger: Ledger) -> None:
        self._state = state
        self._table = state.pointers
        self._ledger = ledger

    def write(self, transition: Transition, *, key: str | None = None) -> Action:
        """Write an action's transition, and return the action as it is then.

        Parameters
        ----------
        key
            Idempotency key of a new action.

        Raises
        ------
        StalePointer
            The pointer or the action is no longer what the transition starts from; nothing was written.
        Unavailable, IntegrityError
            The ledger cannot be written: then the step does not happen.
        """
        with self._state.together():
            written = self._write(transition, key)
        if written is None:
            raise ValueError("The transition has no action")
        return written

    def write_all(self, transitions: Sequence[Transition]) -> int:
        """Write those of many transitions that still fit, in one transaction, and return how many did."""
        written = 0
        if not transitions:
            return written
        with self._state.together():
            for transition in transitions:
                try:
                    self._write(transition, None)
                except StalePointer:
                    continue
                written += 1
        return written

    def _write(self, transition: Transition, key: str | None) -> Action | None:
        # Rows first, which refuse what is stale: only a transition that fits may leave an entry.
        before, after = transition.action_before, transition.action
        if transition.pointer is not None:
            self._table.put(transition.pointer_before, transition.pointer)
        if before is not None and after is not None:
            self._table.change(before, after)
        seq = None if transition.draft is None else self._ledger.append(transition.draft).seq
        if before is None and after is not None:
            after = replace(after, ledger_seq=seq)
            self._table.add(after, key=key)
        return after
