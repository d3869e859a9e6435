"""The facade's chapter on keeping: prune, erase, back up; under the same locks as judging."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from core.chain.canonical import Json
from core.chain.entries import Draft
from core.config import Settings
from core.errors import InvalidInput, Problem
from core.explain.place import PLACE, row_digest
from core.jobs import JobDesk
from core.keeping import erase as erasing
from core.keeping import recorded, redact
from core.keeping.archive import Manifest
from core.keeping.backup import backed_up
from core.keeping.erase import Erasure
from core.keeping.files import ARCHIVES, WITH_LEDGER, files_of, prune_files, upgrade_copies
from core.keeping.prune import Documents, note_arrival, prune_documents, prune_quarantine, prune_rows
from core.keeping.restore_note import forget_restore, noted_restore
from core.ledger import Ledger
from core.ledger.desk import SYSTEM
from core.lineage.intake import AsTheyCame
from core.ports import Clock
from core.receipts import EraseReceipt, PruneReceipt, Pruning
from core.retention import CLASSES
from core.store import AnalyticsStore, StateStore, StoredMonitor

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
    jobs
        Long work, whose inputs and results may hold rows.
    ledger
        Where it is put on record before anything goes, and again when it is done.
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
        jobs: JobDesk,
        ledger: Ledger,
    ) -> None:
        self._settings = settings
        self._store = store
        self._state = state
        self._clock = clock
        self._judging = judging
        self._judge = judge
        self._jobs = jobs
        self._ledger = ledger
        self._erasing = Lock()

    def prune(self, *, dry_run: bool = False, by_itself: bool = False, actor: str = SYSTEM) -> PruneReceipt:
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
        due = tuple(self._prune(now, by_itself=by_itself, dry_run=True))
        if dry_run:
            return PruneReceipt(dry_run=True, pruned_at=now, classes=due)
        is_due = any(one.n for one in due)
        if is_due:
            self._ledger.append(recorded.pruning("prune_begun", due, actor=actor))
        went = tuple(self._prune(now, by_itself=by_itself, dry_run=False))
        with self._state.together():
            self._state.save_setting(LAST_PRUNED, now.isoformat())
            if is_due or any(one.n for one in went):
                self._ledger.append(recorded.pruning("pruned", went, actor=actor))
        for one in went:
            if one.n:
                _log.info("keeping.pruned class=%s model=%s n=%d", one.kind, one.model, one.n)
        return PruneReceipt(dry_run=False, pruned_at=now, classes=went)

    def prune_daily(self) -> None:
        """Prune, and gather a large fleet's lines by model, where that was not done within the last day.

        What control does by itself. Ingest waits while the store's file is written anew.
        """
        last = self._state.setting(LAST_PRUNED)
        if last is None or self._clock.now() - datetime.fromisoformat(last).astimezone(UTC) >= _EVERY:
            self.prune(by_itself=True)
            if self._store.is_scattered():
                self._store.rewrite()
                _log.info("keeping.gathered")

    @contextmanager
    def backup(self, *, actor: str = SYSTEM) -> Iterator[tuple[Path, Manifest]]:
        """Give a verified archive of the workspace, gone when the block ends; see :mod:`core.keeping.backup`.

        That it was asked for is in the archive's own ledger already.

        Raises
        ------
        Unavailable
            The disk is full, or a database stays locked.
        """
        now = self._clock.now()
        self._ledger.append(Draft(kind="backup_begun", actor=actor))
        with backed_up(self._settings.workspace, self._store, self._state, now=now) as (path, manifest):
            yield path, manifest
        with self._state.together():
            self._state.save_setting(LAST_BACKED_UP, now.isoformat())
            self._ledger.append(recorded.backup(manifest, actor=actor))
        _log.info("keeping.backed_up files=%d", len(manifest.files))

    def erase(self, model: str, ids: Sequence[str], *, actor: str, backups: bool = False) -> EraseReceipt:
        """Erase persons from everything of a model that holds rows; what was counted of them stays.

        An erasure that was cut off is finished first. Ingest waits while the store's file is written anew.

        Parameters
        ----------
        ids
            Texts as the rows' id column has them.
        backups
            Remove the copies in the workspace that were made before upgrades, which cannot be rewritten;
            without it they are listed.

        Raises
        ------
        NotFound
            The model is not monitored.
        InvalidInput
            No id is given.
        Unavailable
            A store could not be written anew now; the next erasure, or the next start, finishes this one.
        """
        monitor = self._state.monitor(model)
        wanted = tuple(dict.fromkeys(one for one in ids if one))
        if not wanted:
            raise InvalidInput(
                "The erasure", [Problem(field="id", message="is missing", remedy="name a row")]
            )
        self.finish()
        with self._erasing:
            facts: dict[str, Json] = {"copies": backups, "n_ids": len(wanted)}
            self._ledger.append(Draft(kind="erase_begun", actor=actor, model=monitor.name, facts=facts))
            erasure = Erasure(
                model=monitor.name, ids=wanted, copies=backups, actor=actor, asked_at=self._clock.now()
            )
            erasing.note(self._settings.workspace, erasure)
            return self._alone(erasure)

    def finish(self) -> None:
        """Finish an erasure that an earlier process began; put on record that the workspace was restored."""
        if (restored := noted_restore(self._settings.workspace)) is not None:
            self._record_restore(recorded.restore(restored))
            forget_restore(self._settings.workspace)
        with self._erasing:
            found = erasing.noted(self._settings.workspace)
            if found is not None:
                self._alone(found)
                _log.warning("keeping.erasure_finished model=%s", found.model)

    def _alone(self, erasure: Erasure) -> EraseReceipt:
        """Erase while no work is being prepared: what was written down before would be done after."""
        with self._jobs.pause.held():
            return self._erase(erasure)

    def _erase(self, erasure: Erasure) -> EraseReceipt:
        workspace, now = self._settings.workspace, self._clock.now()
        monitor = self._state.monitor(erasure.model)
        removed = Counter(erasure.removed or {})
        with self._judging, self._store.writing() as cursor:
            removed.update(erasing.erase_rows(cursor, monitor, erasure.ids, now=now))
        removed.update(self._erase_files(monitor, erasure))
        gone = self._state.reasons.erase(monitor.key, [row_digest(one) for one in erasure.ids])
        removed["explanations"] = removed["explanations"] + gone
        removed["ledger"] = removed["ledger"] + self._erase_private(monitor.name, erasure)
        removed["reviews"] = removed["reviews"] + self._redact_reviews(erasure)
        # Afterwards, so that none is made anew of a ledger that still names these persons.
        removed["exports"] = removed["exports"] + self._erase_archives(erasure.actor)
        erasing.note(workspace, replace(erasure, removed=dict(removed)))
        self._store.rewrite()
        self._state.scrub()
        copies = tuple(path.name for path in upgrade_copies(workspace))
        left = erasing.mentions(erasing.everything(workspace), erasure.ids)
        receipt = EraseReceipt(
            model=monitor.name,
            n_ids=len(erasure.ids),
            erased_at=now,
            removed=dict(removed),
            copies=copies,
            backed_up_at=self.backed_up_at(),
            mentioned_in=tuple(path.relative_to(workspace.root).as_posix() for path in left),
        )
        # On record without the ids: who asked for it when, and what it came to.
        record = {"model": receipt.model, "actor": erasure.actor, "removed": receipt.removed}
        with self._state.together():
            self._state.save_setting(f"erased/{erasure.asked_at.isoformat()}", json.dumps(record))
            self._ledger.append(recorded.erasure(receipt, actor=erasure.actor))
        erasing.done(workspace)
        _log.info("keeping.erased model=%s n_ids=%d rows=%d", monitor.name, receipt.n_ids, removed["rows"])
        return receipt

    def _erase_files(self, monitor: StoredMonitor, erasure: Erasure) -> dict[str, int]:
        workspace = self._settings.workspace
        spec = monitor.spec
        jobs = self._jobs.every(model=spec.model)
        n_running = self._jobs.drop(model=spec.model, actor=erasure.actor)
        results = [workspace.root / job.result for job in jobs if job.result is not None]
        # A snapshot holds no ids, so that whose rows it holds cannot be told: all of the model's go.
        retrains = {one.id for one in self._state.retrains.every(registry=spec.registry, model=spec.model)}
        made = [one for one in files_of(workspace, "exports") if retrains & set(one.parts)]
        # Reports and explanations show values of rows, too, and may be of jobs that are long over.
        made += (
            path for name in ("reports", PLACE) for path in (workspace.root / name / monitor.key).glob("*")
        )
        exports = [*made, *erasing.mentions(files_of(workspace, "exports"), erasure.ids)]
        spooled = files_of(workspace, "spool")
        return {
            "exports": erasing.remove_files({*results, *exports}),
            "spool": erasing.remove_files(erasing.mentions(spooled, erasure.ids)),
            "jobs": n_running,
            "copies": erasing.remove_files(upgrade_copies(workspace)) if erasure.copies else 0,
        }

    def _erase_archives(self, actor: str) -> int:
        """Remove every ZIP with the ledger in it, of whichever model: compressed, none can be searched."""
        self._jobs.drop(kind=WITH_LEDGER, actor=actor)
        return erasing.remove_files((self._settings.workspace.root / ARCHIVES).glob("*.zip"))

    def _record_restore(self, draft: Draft) -> None:
        # A process that ended before it removed the note has put it on record already.
        last = self._ledger.newest()
        if last is None or last.kind != draft.kind or last.facts != draft.facts:
            self._ledger.append(draft)

    def _erase_private(self, model: str, erasure: Erasure) -> int:
        """Erase what the ledger holds of these persons beside its chain: texts that name an id."""
        parts = self._ledger.private_parts(model, kinds=recorded.MEETINGS)
        gone = [seq for seq, content in parts if erasing.names(content, erasure.ids)]
        self._ledger.erase(gone, actor=erasure.actor)
        return len(gone)

    def _redact_reviews(self, erasure: Erasure) -> int:
        """Take the ids out of what was said in meetings, whichever model it was about."""
        said = redact.Redaction(erasure.ids)
        with self._state.together():
            changed, n = self._state.reviews.rewrite(text=said.text, document=said.document, page=said.page)
            for review in changed:
                self._ledger.append(recorded.redaction(review, actor=erasure.actor))
        return len(changed) + n

    def backed_up_at(self) -> datetime | None:
        """Return when the last backup was taken away, None if there was none."""
        last = self._state.setting(LAST_BACKED_UP)
        return None if last is None else datetime.fromisoformat(last)

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
            if keep is not None and name not in {"rows", "quarantine", "lineage", "explanations"}:
                yield prune_files(self._settings.workspace, name, keep, now=now, dry_run=dry_run)
        documents: dict[str, Documents] = {
            "lineage": AsTheyCame(self._state),
            "explanations": self._state.reasons,
        }
        for name, table in documents.items():
            keep = kept.of(name)
            if keep is not None:
                yield prune_documents(name, table, keep, now=now, dry_run=dry_run)
