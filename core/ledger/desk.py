"""What a workspace does with its ledger: append, sign, anchor, verify, export."""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from core.chain import checkpoints, entries
from core.chain.canonical import Json
from core.chain.checkpoints import Checkpoint
from core.chain.entries import Draft, Entry, Record
from core.chain.signing import Signer
from core.chain.verify import Proof, verify
from core.errors import Conflict, IntegrityError, NotFound, TrimtabError
from core.ledger.anchors import Anchor, anchor_at
from core.ledger.export import export_lines
from core.ledger.keys import KeyFolder
from core.ports import Clock
from core.store import StateStore

SYSTEM = "trimtab"
"""The actor of what nobody asked for."""
EVERY = timedelta(seconds=60)
EVERY_ROWS = 100
"""A checkpoint is due this long after the first entry that none covers, or with so many of them."""
_log = logging.getLogger("trimtab.ledger")


class Ledger:
    """Keeps the ledger of one workspace; safe to call from several threads.

    Parameters
    ----------
    state
        The store that holds it.
    keys
        Folder of the signing key, which is made where it is absent.
    clock
        Tells the time.
    anchor
        Where checkpoints are kept outside of the database, None for nowhere.
    """

    def __init__(self, state: StateStore, *, keys: Path, clock: Clock, anchor: Path | None = None) -> None:
        self._state = state
        self._table = state.ledger
        self._keys = KeyFolder(keys)
        self._clock = clock
        self._anchor: Anchor | None = None if anchor is None else anchor_at(anchor)
        self._anchored: Checkpoint | None = None
        self._signing = threading.Lock()

    def begin(self) -> None:
        """Write the first entry, with the ledger's id and its public key, where there is none yet."""
        if self._table.newest() is not None:
            return
        signer = self._keys.ensure()
        with self._state.together():
            if self._table.newest() is None:
                facts: dict[str, Json] = {"format": 1, "key": signer.public, "ledger": uuid4().hex}
                self._append(Draft(kind=entries.BEGAN, actor=SYSTEM, facts=facts))

    def append(self, draft: Draft) -> Entry:
        """Put an entry on record: together with what it records, within ``StateStore.together``.

        Raises
        ------
        Unavailable
            The store cannot be written. Then nothing of the transaction happens.
        IntegrityError
            The last entry was tampered with: nothing is built on it.
        InvalidInput
            The draft has no canonical form: a number with a fraction, say, which must go as text.
        """
        self.begin()
        return self._append(draft)

    def newest(self) -> Entry | None:
        """Return the last entry, None before the first."""
        return self._table.newest()

    def records(
        self,
        *,
        model: str | None = None,
        since: datetime | None = None,
        kinds: Collection[str] = (),
        limit: int | None = 1000,
    ) -> list[Record]:
        """Return the latest entries, oldest first; see :meth:`core.store.ledger.LedgerTable.records`."""
        return self._table.records(model=model, since=since, kinds=kinds, limit=limit)

    # ------------------------------------------------------------------ signed, and kept elsewhere

    def checkpoint(self) -> Checkpoint:
        """Sign the newest entry, and keep that outside of the database where an anchor is set.

        Not to be called within a transaction: what is signed and anchored must be there for good.
        An entry that is signed already is not signed again.

        Raises
        ------
        IntegrityError
            The signing key is not in the workspace, or the anchor says otherwise than the ledger.
        Unavailable
            The anchor cannot be written. The checkpoint is on record all the same.
        """
        self.begin()
        with self._signing:
            signer, ledger = self.signer(), self.identity()

            def make(entry: Entry, number: int) -> Checkpoint:
                return checkpoints.sign(
                    signer, number=number, ledger=ledger, seq=entry.seq, head=entry.hash, at=self._clock.now()
                )

            made = self._table.add_checkpoint(make)
            if made is None:
                raise NotFound("entry of the ledger", "1")
            self._keep(made)
        return made

    def tend(self) -> None:
        """Sign what is due to be signed, and anchor what is not anchored yet; what control does by itself."""
        newest, signed = self._table.newest(), self._table.newest_checkpoint()
        if newest is None:
            return
        n_signed = 0 if signed is None else signed.seq
        if newest.seq > n_signed:
            waited = self._clock.now() - self._table.entry(n_signed + 1).recorded_at
            # A clock that was set back must not put off a signature.
            if newest.seq - n_signed >= EVERY_ROWS or not timedelta(0) <= waited < EVERY:
                self.checkpoint()
                return
        if signed is not None:
            with self._signing:
                self._keep(signed)

    def close(self) -> None:
        """Sign what this process wrote; where that fails, the next process does it."""
        try:
            newest, signed = self._table.newest(), self._table.newest_checkpoint()
            if newest is not None and (signed is None or signed.seq != newest.seq):
                self.checkpoint()
        except TrimtabError as error:
            _log.warning("ledger.not_signed cause=%s", error)

    def rotate_key(self, actor: str) -> Entry:
        """Let a new key sign from now on; the old one signs that, and goes.

        Killed on the way, either the old key goes on, or the next signature finishes the change.
        """
        self.begin()
        with self._signing:
            old = self.signer()
            ledger, new = self.identity(), self._keys.make_next()
            signature = old.sign(checkpoints.rotation(ledger, old.public, new.public))
            facts = {"key": new.public, "signature": signature}
            entry = self._append(Draft(kind=entries.ROTATED, actor=actor, facts=facts))
            self._keys.take_next()
        _log.info("ledger.key_rotated seq=%d", entry.seq)
        return entry

    def identity(self) -> str:
        """Return the ledger's id; raises ``IntegrityError`` where the first entry does not tell it."""
        return _fact(self._table.entry(1), "ledger")

    def public_keys(self) -> frozenset[str]:
        """Return every key that ever signed for this ledger, as its entries tell."""
        told = [*self._table.of_kind(entries.BEGAN), *self._table.of_kind(entries.ROTATED)]
        return frozenset(_fact(one, "key") for one in told)

    def signer(self) -> Signer:
        """Return the key that signs now.

        Raises
        ------
        IntegrityError
            It is not in the workspace.
        """
        rotated = self._table.of_kind(entries.ROTATED)
        return self._keys.of(_fact(rotated[-1] if rotated else self._table.entry(1), "key"))

    def _append(self, draft: Draft) -> Entry:
        return self._table.append(draft, now=self._clock.now())

    def _keep(self, made: Checkpoint) -> None:
        """Write a checkpoint to the anchor unless it is there, after asking that what is there holds."""
        if self._anchor is None or made == self._anchored:
            return
        last = self._anchor.last(made.ledger)
        if last != made:
            if last is not None and not self._agrees(last):
                what = f"The anchor says otherwise than the ledger about entry {last.seq}"
                hint = "See trimtab ledger verify. After a restore, set another anchor; keep this one."
                raise IntegrityError(what, hint=hint)
            if last is None and self._anchor.read():
                raise Conflict(
                    "The anchor is another ledger's", hint="Give every workspace an anchor of its own."
                )
            self._anchor.write(made)
            _log.info("ledger.anchored number=%d seq=%d", made.number, made.seq)
        self._anchored = made

    def _agrees(self, kept: Checkpoint) -> bool:
        try:
            return self._table.entry(kept.seq).hash == kept.head
        except NotFound:
            return False

    # ------------------------------------------------------------------ shown

    def verify(self, anchors: Sequence[Checkpoint] | None = None) -> Proof:
        """Say whether the ledger holds; see :func:`core.chain.verify.verify`.

        Parameters
        ----------
        anchors
            What was kept elsewhere; None for the anchor of the settings, if there is one.
        """
        if anchors is None:
            # Read before the ledger: a checkpoint that comes meanwhile must not seem to be cut off.
            anchors = [] if self._anchor is None else self._anchor.read()
        with self._table.snapshot() as snapshot:
            return verify(snapshot.records, snapshot.checkpoints, anchors, strays=snapshot.strays)

    def export(self) -> Iterator[str]:
        """Give the lines of an export; see :func:`core.ledger.export.export_lines`."""
        self.begin()
        with self._table.snapshot() as snapshot:
            yield from export_lines(snapshot, at=self._clock.now())

    # ------------------------------------------------------------------ private parts

    def private_parts(self, model: str, *, kinds: Sequence[str] = ()) -> list[tuple[int, str]]:
        """Return number and content of the private parts of a model's entries, and of all of these kinds."""
        return self._table.private_parts(model, kinds=kinds)

    def erase(self, seqs: Sequence[int], *, actor: str) -> Entry | None:
        """Remove private parts and put that on record; see :meth:`core.store.ledger.LedgerTable.erase`."""
        return self._table.erase(seqs, actor=actor, now=self._clock.now())


def _fact(entry: Entry, name: str) -> str:
    try:
        return str(entry.facts[name])
    except (KeyError, *entries.UNSOUND) as error:
        raise IntegrityError(
            f"Entry {entry.seq} of the ledger does not tell its {name}", hint="See trimtab ledger verify."
        ) from error
