"""What is on record of a model, read from the stores, the ledger, the registry and the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256

from core import watch
from core.action import CHAMPION, Action, Move, MoveKind
from core.actions import past
from core.alert import AlertStatus
from core.chain.entries import Record
from core.config import Settings
from core.errors import NotFound, TrimtabError
from core.evidence.facts import Champion, Judged, Logged, ModelFacts, Noted, Signed, Trained
from core.job import JobStatus
from core.ledger import Ledger
from core.ports import Clock, Registry
from core.profiles import reference as references
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, registry_mirror, statement
from core.store.judgements import aware
from core.store.registry_mirror import MirroredModel
from core.views.build.facts import DRIFT_METRICS

_OF_MODEL = ("retrain.done", "explanation.kept", "erased")
_OF_ALL = ("pruned", "backed_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """Where evidence is read; ``records`` keeps what registries said of versions, which never changes.

    Parameters
    ----------
    settings
        What the workspace keeps, whom it tells, who signs in.
    store, state, ledger
        What was judged, decided, put on record.
    registries
        Short name → registry: asked once for what was logged with a version.
    clock
        Tells the time.
    """

    settings: Settings
    store: AnalyticsStore
    state: StateStore
    ledger: Ledger
    registries: Mapping[str, Registry]
    clock: Clock
    records: dict[tuple[str, str, str], Trained] = field(default_factory=dict)

    def workspace(self) -> ModelFacts:
        """Return what holds for every model of the workspace: the ledger, settings, alerts."""
        signed = self.state.ledger.newest_checkpoint()
        sent = [one for one in self.state.alerts.latest(50) if one.status is AlertStatus.SENT]
        return ModelFacts(
            now=self.clock.now(),
            model="",
            noted=self._noted(None, _OF_ALL),
            channels=tuple(one.name for one in self.settings.alerts.channels),
            alerted_at=sent[0].sent_at if sent else None,
            retention=self.settings.retention,
            signed=None
            if signed is None
            else Signed(
                seq=signed.seq,
                at=datetime.fromisoformat(signed.at).astimezone(UTC),
                head=signed.head,
                anchored=self.settings.ledger_anchor is not None,
            ),
            team=self.settings.identity.team,
        )

    def model(
        self, common: ModelFacts, monitor: StoredMonitor | None, mirrored: MirroredModel | None
    ) -> ModelFacts:
        """Return what is on record of one model, beside what holds for all.

        Parameters
        ----------
        common
            What :meth:`workspace` returned.
        monitor
            How it is monitored, None where it is not.
        mirrored
            The model as its registry shows it, None where no registry holds it.
        """
        registry, name = _names(monitor, mirrored)
        stays = None if mirrored is None else _champion(mirrored)
        moved, action, n_champions = self._changes(f"{registry}/{name}")
        noted = self._noted(f"{registry}/{name}", _OF_MODEL)
        latest = self.state.validations.latest(registry, name)
        made = latest.get(stays.version) if stays is not None else None
        if made is None and latest:
            made = max(latest.values(), key=lambda one: one.made_at)
        version = None if stays is None else stays.version
        found = ModelFacts(
            now=common.now,
            model=f"{registry}/{name}",
            champion=stays,
            trained=None if stays is None else self._trained(registry, name, stays.version),
            validation=made,
            findings=()
            if made is None
            else tuple(self.state.validations.findings(registry, name, made.version)),
            move=moved,
            action=action,
            n_champions=n_champions,
            n_waivers=0 if version is None else len(self.state.candidates.waivers(registry, name, version)),
            noted={**common.noted, **noted},
            channels=common.channels,
            alerted_at=common.alerted_at,
            retention=common.retention,
            signed=common.signed,
            team=common.team,
        )
        return found if monitor is None else self._watched(found, monitor, version)

    def _watched(self, found: ModelFacts, monitor: StoredMonitor, version: str | None) -> ModelFacts:
        policy = watch.policy_of(self.state, monitor)
        with self.store.reading() as cursor:
            judged, logged = _judged(cursor, monitor.key), _logged(cursor, monitor.key)
            pinned = _reference(cursor, monitor.key)
        return replace(
            found,
            spec=monitor.spec,
            spec_digest=sha256(monitor.spec.text.encode()).hexdigest(),
            changed_at=monitor.changed_at,
            policy=policy,
            validate_every=policy.validation.every,
            reference=pinned,
            judged=judged,
            logged=logged,
            importance_at=self._importance(monitor, version),
            incidents=tuple(self.state.incidents(monitor.spec.model)),
        )

    def _trained(self, registry: str, name: str, version: str) -> Trained | None:
        """Return what was logged with a version; None where the registry does not say now."""
        key = (registry, name, version)
        if key not in self.records:
            try:
                record = self.registries[registry].record(name, version)
            except (KeyError, TrimtabError):
                return None
            self.records[key] = Trained(
                data=dict(record.data), n_params=len(record.params), n_metrics=len(record.metrics)
            )
        return self.records[key]

    def _changes(self, full: str) -> tuple[Move | None, Action | None, int]:
        """Return the champion's last move, the change behind it, and how many versions were ever champion."""
        records = self.ledger.records(model=full, kinds=past.MOVING, limit=None)
        champions = [one for one in past.moves(records) if one.alias == CHAMPION]
        if not champions:
            return None, None, 0
        last = champions[-1]
        shown = {one.to_version for one in champions if one.to_version is not None}
        if last.evidence is None or last.kind not in (MoveKind.PROMOTE, MoveKind.ROLL_BACK):
            return last, None, len(shown)
        try:
            return last, self.state.pointers.action(last.evidence), len(shown)
        except NotFound:
            return last, None, len(shown)

    def _noted(self, model: str | None, kinds: tuple[str, ...]) -> dict[str, Noted]:
        found: dict[str, Noted] = {}
        for kind in kinds:
            records: list[Record] = self.ledger.records(model=model, kinds=(kind,), limit=1)
            for record in records:
                entry = record.entry
                found[kind] = Noted(seq=entry.seq, at=entry.recorded_at, actor=entry.actor, facts=entry.facts)
        return found

    def _importance(self, monitor: StoredMonitor, version: str | None) -> datetime | None:
        jobs = self.state.jobs.every(model=monitor.spec.model, kind="importance")
        made = [
            one.ended_at
            for one in jobs
            if one.status is JobStatus.DONE
            and one.about.get("model_key") == monitor.key
            and one.about.get("version") == version
            and one.ended_at is not None
        ]
        return max(made, default=None)


def _names(monitor: StoredMonitor | None, mirrored: MirroredModel | None) -> tuple[str, str]:
    if monitor is not None:
        return monitor.spec.registry, monitor.spec.model
    if mirrored is None:
        raise ValueError("a model is monitored or registered")
    return mirrored.registry, mirrored.name


def _champion(mirrored: MirroredModel) -> Champion | None:
    stay = mirrored.aliases.get(CHAMPION)
    if stay is None:
        return None
    run = next((one.run_id for one in mirrored.versions if one.version == stay.version), None)
    return Champion(
        version=stay.version, since=stay.first_seen_at, run_id=run, n_versions=len(mirrored.versions)
    )


def mirrored_models(cursor: Cursor) -> dict[str, MirroredModel]:
    """Return full name → model of all that registries hold."""
    return {f"{one.registry}/{one.name}": one for one in registry_mirror.models(cursor)}


def _reference(cursor: Cursor, key: str) -> tuple[str, datetime] | None:
    pinned = cursor.execute(statement("reference_pin"), {"model_key": key}).fetchone()
    digest = references.digest(cursor, key)
    if pinned is None or digest is None:
        return None
    return digest, pinned[1].replace(tzinfo=UTC)


def _judged(cursor: Cursor, key: str) -> dict[str, Judged]:
    asked = {"model_key": key, "drift_metrics": list(DRIFT_METRICS)}
    found = {}
    for aspect, window, version, judged_at, *counts, metrics, policy, worst, unknown in cursor.execute(
        statement("evidence_judged"), asked
    ).fetchall():
        passed, warned, failed, n_unknown = counts
        found[aspect] = Judged(
            window=window,
            version=version,
            judged_at=judged_at.replace(tzinfo=UTC),
            n_passed=passed,
            n_warned=warned,
            n_failed=failed,
            n_unknown=n_unknown,
            metrics=tuple(metrics),
            policy=policy,
            worst=worst,
            unknown=unknown,
        )
    return found


def _logged(cursor: Cursor, key: str) -> Logged | None:
    found = cursor.execute(statement("evidence_rows"), {"model_key": key}).fetchone()
    judged_at = None if found is None else aware(found[2])
    if found is None or judged_at is None:
        return None
    return Logged(n_rows=int(found[0]), n_labelled=int(found[1]), judged_at=judged_at)
