"""The facade's chapter on keeping: prune, erase, back up; under the same locks as judging."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from core.config import Settings
from core.keeping.archive import Manifest
from core.keeping.backup import backed_up
from core.keeping.files import prune_files
from core.keeping.prune import note_arrival, prune_quarantine, prune_rows
from core.ports import Clock
from core.receipts import PruneReceipt, Pruning
from core.retention import CLASSES
from core.store import AnalyticsStore, StateStore

LAST_BACKED_UP = "keeping/backed_up_at"
LAST_PRUNED = "keeping/pruned_at"
_EVERY = timedelta(days=1)
_log = logging.getLogger("trimtab.keeping")


class Keeper:
    """Keeps what is to be kept of one workspace, and lets go of the rest.

    Parameters
    ----------
    settings, store, state, clock
        The workspace's.
    judging
        Held while something is judged: nothing is pruned or erased meanwhile.
    judge
        Judges what is due.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        store: AnalyticsStore,
        state: StateStore,
        clock: Clock,
        judging: Lock,
        judge: Callable[[], object],
    ) -> None:
        self._settings = settings
        self._store = store
        self._state = state
        self._clock = clock
        self._judging = judging
        self._judge = judge

    def prune(self, *, dry_run: bool = False, by_itself: bool = False) -> PruneReceipt:
        """Let go of what is older than the settings keep, or only say what that is.

        What is due is judged first; a row that was never counted would have to wait.

        Parameters
        ----------
        by_itself
            Nobody asked: rows must also have been here for as long as they are kept.
        """
        if not (dry_run or by_itself):
            self._judge()
        now = self._clock.now()
        went = tuple(self._prune(now, by_itself=by_itself, dry_run=dry_run))
        if not dry_run:
            self._state.save_setting(LAST_PRUNED, now.isoformat())
            for one in went:
                if one.n:
                    _log.info("keeping.pruned class=%s model=%s n=%d", one.kind, one.model, one.n)
        return PruneReceipt(dry_run=dry_run, pruned_at=now, classes=went)

    def prune_daily(self) -> None:
        """Prune where that was not done within the last day; what control does by itself."""
        last = self._state.setting(LAST_PRUNED)
        if last is None or self._clock.now() - datetime.fromisoformat(last).astimezone(UTC) >= _EVERY:
            self.prune(by_itself=True)

    @contextmanager
    def backup(self) -> Iterator[tuple[Path, Manifest]]:
        """Give a verified archive of the workspace, gone when the block ends; see :mod:`core.keeping.backup`.

        Raises
        ------
        Unavailable
            The disk is full, or a database stays locked.
        """
        now = self._clock.now()
        with backed_up(self._settings.workspace, self._store, self._state, now=now) as (path, manifest):
            yield path, manifest
        self._state.save_setting(LAST_BACKED_UP, now.isoformat())
        _log.info("keeping.backed_up files=%d", len(manifest.files))

    def _prune(self, now: datetime, *, by_itself: bool, dry_run: bool) -> Iterator[Pruning]:
        kept = self._settings.retention
        for monitor in self._state.list_monitors():
            if kept.rows is not None:
                with self._judging, self._store.reading() if dry_run else self._store.writing() as cursor:
                    rows = prune_rows(
                        cursor, monitor, kept.rows, now=now, by_itself=by_itself, dry_run=dry_run
                    )
                    if not dry_run:
                        note_arrival(cursor, monitor.key, kept.rows, now=now)
                yield rows
            if kept.quarantine is not None:
                with self._store.reading() if dry_run else self._store.writing() as cursor:
                    waiting = prune_quarantine(cursor, monitor, kept.quarantine, now=now, dry_run=dry_run)
                yield waiting
        for name in CLASSES:
            keep = kept.of(name)
            if keep is not None and name not in {"rows", "quarantine"}:
                yield prune_files(self._settings.workspace, name, keep, now=now, dry_run=dry_run)
