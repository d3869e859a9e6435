"""What is wrong with this workspace, and what to do about it?"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime

from core import watch
from core.access.roles import Right, allows
from core.actions.observing import alike
from core.alerts import AlertDesk
from core.config import Settings
from core.errors import InvalidInput, TrimtabError
from core.identity_settings import IdentityMode, IdentitySettings
from core.keeping.files import upgrade_copies
from core.keeping.keeper import LAST_BACKED_UP
from core.ledger import Ledger
from core.ports import Registry
from core.receipts import Check
from core.store import AnalyticsStore, StateStore, StoredMonitor, judgements, registry_mirror

SPACE_BYTES = 1 << 30


def examine(
    settings: Settings,
    store: AnalyticsStore,
    state: StateStore,
    registries: Mapping[str, Registry],
    ledger: Ledger,
    alerts: AlertDesk,
    *,
    now: datetime,
) -> list[Check]:
    """Look at disk, stores, ledger, registries and monitors; every registry is asked, which may take seconds.

    Returns
    -------
    list of Check
        In that order. Settings and the lock were read before this can be asked: the command line
        reports on those.
    """
    return [
        _space(settings),
        *_stores(store, state),
        _keeping(settings, store, state, now),
        _ledger(settings, ledger),
        *(_registry(store, registry, now) for registry in registries.values()),
        *_aliases(store),
        *alerts.checks(),
        _identity(settings.identity),
        *(check for monitor in state.list_monitors() for check in _monitor(store, state, monitor)),
    ]


def _aliases(store: AnalyticsStore) -> Iterator[Check]:
    """Name aliases that differ in case only: which of them a client means is anybody's guess."""
    with store.reading() as cursor:
        found = registry_mirror.models(cursor)
    for one in alike((model.registry, model.name, model.aliases) for model in found):
        hint = "Take those away that are not meant; Trimtab rewrites neither."
        yield Check(name=f"aliases of {one.registry}/{one.model}", ok=False, message=one.sentence, hint=hint)


def _identity(identity: IdentitySettings) -> Check:
    """Say who people are here, and whether anybody may do what only some may."""
    if not identity.team:
        message = "one user, the operating system's: four eyes are not enforceable"
        return Check(name="identity", ok=True, message=message)
    granted = [identity.default_roles, *identity.groups.values(), *identity.people.values()]
    nobody = [
        right.value
        for right in (Right.PROMOTE, Right.APPROVE, Right.ROLL_BACK)
        if not any(allows(roles, right) for roles in granted)
    ]
    message = f"people sign in ({identity.mode.value})"
    if nobody:
        hint = "Give somebody such a role under [identity.groups] or [identity.people]: see docs/access.md."
        return Check(
            name="identity", ok=False, message=f"{message}; nobody may {', '.join(nobody)}", hint=hint
        )
    if identity.mode is IdentityMode.PROXY and identity.secret_env is None:
        hint = "Name a secret that the proxy sends, identity.secret_env, unless nobody else has its address."
        return Check(name="identity", ok=True, message=f"{message}, known by address only", hint=hint)
    return Check(name="identity", ok=True, message=message)


def _space(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.workspace.root).free
    return Check(
        name="disk",
        ok=free >= SPACE_BYTES,
        message=f"{free / 1e9:.1f} GB free at {settings.workspace.root}",
        hint="" if free >= SPACE_BYTES else "Free some space: ingest refuses rows that it cannot keep.",
    )


def _stores(store: AnalyticsStore, state: StateStore) -> Iterator[Check]:
    with store.reading() as cursor:
        (schema,) = cursor.execute("SELECT max(number) FROM schema_version").fetchone() or (None,)
    yield Check(name="analytics store", ok=True, message=f"{store.path or 'in memory'}, schema {schema}")
    n_monitors = len(state.list_monitors())
    yield Check(
        name="state store",
        ok=True,
        message=f"{n_monitors} monitored model{'' if n_monitors == 1 else 's'}",
        hint="" if n_monitors else "Monitor a model with: trimtab watch SPEC.yaml --reference FILE",
    )


def _keeping(settings: Settings, store: AnalyticsStore, state: StateStore, now: datetime) -> Check:
    """Say how large the workspace is, how far its rows reach back, and what would bring it back."""
    workspace = settings.workspace
    used = sum(path.stat().st_size for path in workspace.root.rglob("*") if path.is_file())
    oldest: list[datetime] = []
    with store.reading() as cursor:
        for monitor in state.list_monitors():
            (first,) = cursor.execute(f"SELECT min(event_at) FROM {monitor.layout.rows}").fetchone() or (
                None,
            )
            oldest += [] if first is None else [first]
    backed_up_at = state.setting(LAST_BACKED_UP)
    parts = [
        f"{used / 1e9:.2f} GB used",
        f"oldest row of {min(oldest):%Y-%m-%d}" if oldest else "no rows",
        f"last backup {_ago(backed_up_at, now)}",
    ]
    copies = [path.name for path in upgrade_copies(workspace)]
    if copies:
        parts.append(f"copies from before an upgrade: {', '.join(copies)}")
    hint = "" if backed_up_at or not oldest else "Take a backup with: trimtab backup FILE"
    return Check(name="keeping", ok=True, message="; ".join(parts), hint=hint)


def _ledger(settings: Settings, ledger: Ledger) -> Check:
    """Say whether the ledger holds, and whether an outsider would notice if it were rewritten."""
    try:
        proof = ledger.verify()
    except TrimtabError as error:
        return Check(name="ledger", ok=False, message=error.message, hint=error.hint)
    if not proof.ok:
        message = f"{proof.kind} at entry {proof.first_bad} of {proof.rows:,}"
        hint = "Somebody changed the database: keep it and its backups as they are, and find out who."
        return Check(name="ledger", ok=False, message=message, hint=hint)
    anchored = settings.ledger_anchor is not None
    message = f"{proof.rows:,} entries hold"
    message += f", {proof.unanchored:,} after the newest anchor" if anchored else ", not anchored"
    hint = "" if anchored else "Keep checkpoints outside of the workspace: ledger.anchor in trimtab.toml."
    return Check(name="ledger", ok=True, message=message, hint=hint)


def _ago(at: str | None, now: datetime) -> str:
    if at is None:
        return "never"
    days = (now - datetime.fromisoformat(at)).days
    return "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"


def _registry(store: AnalyticsStore, registry: Registry, now: datetime) -> Check:
    reading = registry_mirror.refresh(store, registry, now=now)
    name = f"registry {registry.name}"
    if reading.error is None:
        access = "writable" if registry.writable else "read-only"
        return Check(name=name, ok=True, message=f"{registry.address} answers, {access}")
    return Check(
        name=name,
        ok=False,
        message=f"{registry.address}: {reading.error}",
        hint="Check its address and credentials in trimtab.toml; pages show what was last known.",
    )


def _monitor(store: AnalyticsStore, state: StateStore, monitor: StoredMonitor) -> Iterator[Check]:
    name = f"model {monitor.spec.model}"
    try:
        watch.policy_of(state, monitor)
    except InvalidInput as error:
        yield Check(
            name=name, ok=False, message=error.message, hint="Watch it again with a policy that holds."
        )
        return
    with store.reading() as cursor:
        judged_at = judgements.judged_at(cursor, [monitor.key]).get(monitor.key)
        (n_rows,) = cursor.execute(f"SELECT count(*) FROM {monitor.layout.rows}").fetchone() or (0,)
        (n_waiting,) = cursor.execute(
            "SELECT count(*) FROM quarantine WHERE model_key = ? AND resolved_at IS NULL", [monitor.key]
        ).fetchone() or (0,)
    said = f"{n_rows:,} rows, last judged {judged_at or 'never'}"
    if n_waiting:
        hint = f"See trimtab quarantine {monitor.spec.model}"
        yield Check(name=name, ok=False, message=f"{said}, {n_waiting:,} rows in quarantine", hint=hint)
    else:
        hint = "" if n_rows else f"Send rows with: trimtab ingest {monitor.spec.model} FILE"
        yield Check(name=name, ok=True, message=said, hint=hint)
