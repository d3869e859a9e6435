"""A step of a retraining becomes fact: row, pointer and ledger entry in one transaction, or nothing of it."""

from dataclasses import replace

from core.ledger import Ledger
from core.retrain import Retrain, RetrainChange
from core.store import StateStore


class Recorder:
    """Writes changes.

    Parameters
    ----------
    state
        Holds retrainings and pointers; its transactions take the ledger in.
    ledger
        Is told what the changes say.
    """

    def __init__(self, state: StateStore, ledger: Ledger) -> None:
        self._state = state
        self._ledger = ledger

    def write(self, change: RetrainChange, *, key: str | None = None) -> Retrain:
        """Write a change, and return the retraining as it is then.

        Parameters
        ----------
        key
            Idempotency key of a new retraining.

        Raises
        ------
        Conflict
            The retraining or the pointer is no longer what the change starts from; nothing was written.
        Unavailable, IntegrityError
            The ledger cannot be written: then the step does not happen.
        """
        after = change.after
        with self._state.together():
            # Rows first, which refuse what is stale: only a change that fits may leave an entry.
            if change.pointer is not None:
                self._state.pointers.put(change.pointer_before, change.pointer)
            if change.before is not None:
                self._state.retrains.change(change.before, after)
            seq = None if change.draft is None else self._ledger.append(change.draft).seq
            if change.before is None:
                after = replace(after, ledger_seq=seq)
                self._state.retrains.add(after, key=key)
        return after
