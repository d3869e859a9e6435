"""The end of a model: its evidence goes into one file, nothing judges it any more, its incidents close."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import Lock

from core import wire
from core.action import Action
from core.actions import past
from core.domain import IncidentStatus
from core.errors import NotFound, Unavailable
from core.incidents import lifecycle
from core.ledger import Ledger
from core.ports import Clock
from core.store import AnalyticsStore, StateStore, StoredMonitor, judgements

FOLDER = "retired"
"""Below the workspace; nothing prunes it."""
LAST = 30
"""So many of a model's last windows are archived in full; the store keeps all of them."""


class Retiring:
    """Does what is left of a retirement once the alias is gone; each part may be done again.

    Parameters
    ----------
    store, state
        Judgements; the monitor and its incidents.
    ledger
        What was decided about the model.
    root
        The workspace's folder.
    judging
        Held while something is judged: who judges may not bring incidents back that this closes.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        ledger: Ledger,
        root: Path,
        judging: Lock,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._ledger = ledger
        self._folder = root / FOLDER
        self._judging = judging
        self._clock = clock

    def monitor(self, action: Action) -> StoredMonitor | None:
        """Return how the model is monitored, None where it never was."""
        try:
            return self._state.monitor(action.name)
        except NotFound:
            return None

    def archive(self, action: Action) -> Path:
        """Write the evidence of a model to a file of its own, unless that is there already.

        Raises
        ------
        Unavailable
            The file cannot be written: the model is not retired before it is.
        """
        file = self._folder / f"{action.registry}-{_safe(action.model)}-{action.id}.zip"
        if file.exists():
            return file
        part = file.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as into:
                digests = {}
                for name, text in self._evidence(action):
                    into.writestr(name, text)
                    digests[name] = sha256(text.encode()).hexdigest()
                into.writestr("manifest.json", _text({"sha256": digests, "action": action.id}))
            part.chmod(0o600)
            part.replace(file)
        except OSError as error:
            raise Unavailable(str(file), error.strerror or str(error)) from error
        return file

    def close(self, action: Action) -> int:
        """Let nothing judge the model any more and close its incidents; return how many those were.

        Within the transaction that puts the end of the action on record, and while nothing is judged.
        """
        now = self._clock.now()
        self._state.pointers.retire(action.registry, action.model, now)
        open_ones = [
            one for one in self._state.incidents(action.model) if one.status is not IncidentStatus.RESOLVED
        ]
        cause = f"The model was retired: {action.reason}"
        self._state.save_incidents([lifecycle.resolve(one, cause, action.actor, now) for one in open_ones])
        return len(open_ones)

    def forget_facts(self, action: Action) -> None:
        """Take a model's row from the fleet's facts; it lists the model as not monitored then."""
        monitor = self.monitor(action)
        if monitor is not None:
            with self._store.writing() as cursor:
                cursor.execute("DELETE FROM model_facts WHERE model_key = ?", [monitor.key])

    @property
    def judging(self) -> Lock:
        """Held while something is judged."""
        return self._judging

    def _evidence(self, action: Action) -> Iterator[tuple[str, str]]:
        monitor = self.monitor(action)
        records = self._ledger.records(model=action.name, limit=None)
        # Private parts stay out: what is erased in the ledger must not live on here.
        public = [{**wire.entry_object(one), "private": None} for one in records]
        yield "action.json", _text(asdict(action))
        yield "ledger.json", _text(public)
        moving = [one for one in records if one.entry.kind in past.MOVING]
        history = [wire.history_object(one) for one in past.stays(past.moves(moving))]
        yield "history.json", _text([{**one, "reason": ""} for one in history])
        incidents = [wire.incident_object(one) for one in self._state.incidents(action.model)]
        yield "incidents.json", _text(incidents)
        if monitor is None:
            return
        yield "spec.yaml", monitor.spec.text
        with self._store.reading() as cursor:
            measured = judgements.measurements(cursor, monitor.key)
            reached = judgements.verdicts(cursor, key=monitor.key)
        windows = sorted({one.window.index for one in measured if one.window.index is not None})[-LAST:]
        yield (
            "measurements.json",
            _text([wire.measurement_object(one) for one in measured if one.window.index in windows]),
        )
        yield (
            "verdicts.json",
            _text([wire.verdict_object(one) for one in reached if one.measurement.window.index in windows]),
        )


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)[:80]


def _text(document: object) -> str:
    def plain(value: object) -> object:
        return dict(value) if isinstance(value, Mapping) else str(value)

    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, default=plain)
