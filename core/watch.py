"""Start, or change, the monitoring of a model: spec → columns → tables → reference rows → reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from core import sourced
from core.access.roles import Right, holders
from core.chain.canonical import Json
from core.chain.entries import Draft
from core.domain import Reference
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Problem
from core.ledger import Ledger
from core.log_source import Sources
from core.logs import layout as layouts
from core.logs import reference_rows
from core.logs.columns import columns_of, infer_features, names_in, with_features
from core.logs.notices import absent_columns
from core.logs.segment_rules import checked
from core.logs.spec_file import parse_spec
from core.logs.upload import Upload
from core.metrics import fitting
from core.policy.policy_file import default_policy, load_policy
from core.policy.rules import Policy
from core.ports import RegisteredModel, Registry
from core.profiles import importance, windows
from core.profiles import reference as references
from core.profiles.rows import read_reference_rows
from core.receipts import Notice, WatchReceipt
from core.registry_settings import OWN_REGISTRY
from core.spec import Features, Layout, MonitorSpec
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, judgements, pruned

DEFAULT_POLICY = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a spec asks for, complete: what registries, sources and files say of it has been fetched."""

    spec: MonitorSpec
    policy: Policy
    policy_text: str | None
    reference: Upload | None
    notices: tuple[Notice, ...] = ()


def seek(
    document: str,
    *,
    store: AnalyticsStore,
    state: StateStore,
    registries: Mapping[str, Registry],
    reference: Upload | None,
    policy: str | None,
    create: bool,
    sources: Sources,
    spool: Path,
    actor: str,
    may_ease: bool = True,
) -> Sought:
    """Read a spec and fetch all that it names; registries and sources may take their time, nothing waits.

    Parameters
    ----------
    document
        The spec's text (YAML).
    reference
        The file of reference rows. Without one the registry's evaluation data of the version is used,
        or, with ``first:``, the leading period of the rows that will be ingested.
    policy
        Text of the policy file that the spec names, if it names one.
    create
        Register the model where it is absent. The workspace's own registry gets it anyhow.
    may_ease
        Whether who asks may lower how many people must agree to a promotion of the model.

    Raises
    ------
    NotAllowed
        They may not, and the risk tier or the policy would.
    InvalidInput
        The spec, the policy or the reference cannot be used; all problems are listed.
    NotFound
        The registry has no such model.
    Conflict
        The registry is read-only.
    """
    spec = parse_spec(document, registries=tuple(registries))
    asked = policy_for(spec, policy)
    if not may_ease:
        _refuse_easing(spec, asked, state, actor)
    registry = registries[spec.registry]
    known = _registered(registry, spec.model, create=create)
    if spec.version is None and known is not None:
        spec = replace(spec, version=known.aliases.get("champion"))
    reference = (
        reference or sourced.reference(spec, sources, spool) or _evaluation_data(registry, spec, spool)
    )
    if reference is None and spec.reference.first is None:
        problem = Problem(
            field="reference",
            message="no reference rows were given and the registry has no evaluation data of this version",
            remedy="pass --reference FILE, or let the first days serve: reference: {first: 28d}",
        )
        raise InvalidInput("The spec", [problem])
    spec = checked(_with_features(spec, registry, reference, store))
    notices = _notices(spec, reference, store)
    return Sought(spec=spec, policy=asked, policy_text=policy, reference=reference, notices=notices)


def watch(
    sought: Sought,
    *,
    store: AnalyticsStore,
    state: StateStore,
    now: datetime,
    ledger: Ledger,
    actor: str,
    may_ease: bool = True,
) -> WatchReceipt:
    """Monitor the model that a spec describes and pin its reference.

    Watching a model again changes how it is monitored: its rows stay, its windows are judged anew.
    Nothing is stored unless everything in the spec holds.

    Parameters
    ----------
    sought
        The spec, and what it names.
    ledger, actor
        Where it is put on record, in one transaction with the spec, and who asked for it.
    may_ease
        As of :func:`seek`; what holds may have changed since.

    Raises
    ------
    NotAllowed, InvalidInput
        As of :func:`seek`.
    """
    spec, reference = sought.spec, sought.reference
    if not may_ease:
        _refuse_easing(spec, sought.policy, state, actor)
    monitor = describe(spec, state, now=now)
    with store.writing() as cursor:
        layouts.create_tables(cursor, monitor.layout)
        n_rows, n_windows = 0, 0
        if reference is None and _first_period_is_gone(cursor, monitor, state):
            n_windows = pin(cursor, monitor, now=now)
        elif reference is None:
            reference_rows.forget_reference_rows(cursor, monitor)
            references.forget(cursor, monitor.key, keep_before=_forget(cursor, monitor, now))
        else:
            n_rows = reference_rows.pin_reference_rows(cursor, monitor, reference, now=now)
            n_windows = pin(cursor, monitor, now=now)
    # A crash before this line leaves a reference pinned for a spec that is not stored: where the model was
    # watched before, the next run of the monitor pins it anew for the spec that is (see needs_pinning).
    receipt = WatchReceipt(
        model=spec.model, reference_rows=n_rows, reference_windows=n_windows, notices=sought.notices
    )
    with state.together():
        begun = all(one.key != monitor.key or one.retired_at is not None for one in state.list_monitors())
        kind = "watch_begun" if begun else "watch_changed"
        text = sought.policy_text
        ledger.append(_recorded(kind, monitor, receipt, sought.policy, policy_text=text, actor=actor))
        state.save_setting(_policy_setting(monitor.key), text or "")
        state.save_monitor(spec, monitor.layout, now=now)
    return receipt


def _refuse_easing(spec: MonitorSpec, asked: Policy, state: StateStore, actor: str) -> None:
    """Let nobody switch off for themselves that others must agree; a model that is new has nobody yet."""
    key = layouts.model_key(spec.registry, spec.model)
    known = next((one for one in state.list_monitors() if one.key == key), None)
    if known is None:
        return
    try:
        needed = policy_of(state, known).approvals.promote
    except InvalidInput:
        needed = default_policy(known.spec.risk).approvals.promote
    if asked.approvals.promote < needed:
        lowered = f"{needed} to {asked.approvals.promote}"
        raise NotAllowed(
            f"{actor} may not lower how many must agree to a promotion, {lowered}",
            hint=f"Ask somebody who may also approve: {holders(Right.APPROVE)}.",
        )


def _recorded(
    kind: str,
    monitor: StoredMonitor,
    receipt: WatchReceipt,
    policy: Policy,
    *,
    policy_text: str | None,
    actor: str,
) -> Draft:
    """Return what is put on record of a spec: digests for good, the texts, which may name people, apart."""
    facts: dict[str, Json] = {
        "policy_digest": policy.digest,
        "reference_rows": receipt.reference_rows,
        "reference_windows": receipt.reference_windows,
        "spec_digest": sha256(monitor.spec.text.encode()).hexdigest(),
        "version": monitor.spec.version,
    }
    return Draft(
        kind=kind,
        actor=actor,
        model=monitor.name,
        facts=facts,
        private={"policy": policy_text, "spec": monitor.spec.text},
    )


def pin(cursor: Cursor, monitor: StoredMonitor, *, now: datetime) -> int:
    """Pin the reference from the reference rows as they now are; the model's windows are judged anew.

    Returns
    -------
    int
        How many windows of the model's size the reference holds.
    """
    kept = _forget(cursor, monitor, now)
    pinned = pin_reference(cursor, monitor.layout, monitor.spec, now=now, keep_before=kept)
    importance.keep(cursor, monitor.layout, monitor.spec, pinned)
    return len(pinned.windows)


def pin_reference(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, *, now: datetime, keep_before: int = 0
) -> Reference:
    """Pin the reference rows as they are, and learn from them what estimates of this kind of model need.

    Profiles of windows before ``keep_before``, whose rows are gone, stay.
    """
    pinned = references.pin(cursor, layout, spec, pinned_at=now, keep_before=keep_before)
    return learn(cursor, layout, spec) if fitting.is_learning(spec) else pinned


def learn(cursor: Cursor, layout: Layout, spec: MonitorSpec) -> Reference:
    """Learn from the rows of the pinned reference; its digest and all profiles of windows stay."""
    rows = read_reference_rows(cursor, layout, spec, labelled_at_most=fitting.SAMPLE)
    return references.keep_fitted(cursor, layout, spec, fitting.fit(rows, spec))


def needs_learning(cursor: Cursor, monitor: StoredMonitor) -> bool:
    """Say whether a reference was pinned before there was anything to learn from it."""
    pinned = references.digest(cursor, monitor.key) is not None
    return pinned and fitting.is_learning(monitor.spec) and not references.is_fitted(cursor, monitor.key)


def _first_period_is_gone(cursor: Cursor, monitor: StoredMonitor, state: StateStore) -> bool:
    """Say whether the stream's first period serves already and can no longer be read from its rows."""
    before = next((one for one in state.list_monitors() if one.key == monitor.key), None)
    if before is None or before.spec.reference != monitor.spec.reference:
        return False
    gone = pruned.read(cursor, monitor.key) != pruned.NOTHING
    return gone and cursor.execute(f"FROM {monitor.layout.reference} LIMIT 1").fetchone() is not None


def needs_pinning(cursor: Cursor, monitor: StoredMonitor) -> bool:
    """Say whether there are reference rows that are not pinned, or pinned for a spec that was not stored."""
    found = cursor.execute(
        "SELECT spec_digest FROM model_state WHERE model_key = ?"
        f" AND EXISTS (FROM {monitor.layout.reference})",
        [monitor.key],
    ).fetchone()
    if found is None:
        return False
    return found[0] != spec_digest(monitor.spec) or references.digest(cursor, monitor.key) is None


def _forget(cursor: Cursor, monitor: StoredMonitor, now: datetime) -> int:
    """End what was judged so far; return how many leading windows keep it because their rows are gone."""
    kept = windows.keep_pruned(cursor, monitor.key, monitor.spec, now=now)
    judgements.supersede_all(cursor, monitor.key, now=now, keep_before=kept)
    cursor.execute(
        "UPDATE model_state SET spec_digest = ? WHERE model_key = ?",
        [spec_digest(monitor.spec), monitor.key],
    )
    return kept


def spec_digest(spec: MonitorSpec) -> str:
    """Return what tells for which spec a reference is pinned."""
    return sha256(repr((spec.text, spec.version, spec.features)).encode()).hexdigest()[:16]


def describe(spec: MonitorSpec, state: StateStore, *, now: datetime) -> StoredMonitor:
    """Return the monitor that a complete spec asks for, without storing it."""
    key = layouts.model_key(spec.registry, spec.model)
    previous = next((monitor for monitor in state.list_monitors() if monitor.key == key), None)
    return StoredMonitor(
        spec=spec,
        layout=layouts.lay_out(spec, previous.layout if previous else None),
        watched_at=previous.watched_at if previous else now,
        changed_at=now,
    )


def refuse_retired(monitor: StoredMonitor) -> None:
    """Raise ``Conflict`` for a model that was taken out of use."""
    if monitor.retired_at is not None:
        raise Conflict(
            f"{monitor.name} is retired since {monitor.retired_at:%Y-%m-%d}",
            hint="Watch it again to take it back into use.",
        )


def policy_for(spec: MonitorSpec, text: str | None) -> Policy:
    """Return the policy that a spec names: the text sent with it, else the default of its risk tier.

    Raises
    ------
    InvalidInput
        The text cannot be used, or the spec names a policy whose text was not sent along.
    """
    if text:
        return load_policy(text, spec.policy, risk=spec.risk)
    if spec.policy == DEFAULT_POLICY:
        return default_policy(spec.risk)
    problem = Problem(
        field="policy",
        message=f"names the file '{spec.policy}', but its text was not sent",
        remedy="keep the file beside the spec, or write policy: default",
    )
    raise InvalidInput("The spec", [problem])


def policy_of(state: StateStore, monitor: StoredMonitor) -> Policy:
    """Return the policy by which a monitored model is judged."""
    return policies_of(state, [monitor])[monitor.key]


def policies_of(state: StateStore, monitors: Sequence[StoredMonitor]) -> dict[str, Policy]:
    """Return by key the policies by which some models are judged."""
    texts = state.settings([_policy_setting(one.key) for one in monitors])
    return {one.key: policy_for(one.spec, texts.get(_policy_setting(one.key))) for one in monitors}


def _policy_setting(key: str) -> str:
    return f"policy/{key}"


def _registered(registry: Registry, name: str, *, create: bool) -> RegisteredModel | None:
    """Find a model in its registry, or register it where that is allowed."""
    found = next((model for model in registry.models() if model.name == name), None)
    if found is None:
        if registry.name != OWN_REGISTRY and not create:
            hint = "Check the name, or register it with --create."
            raise NotFound(f"model in registry '{registry.name}' called", name, hint=hint)
        registry.ensure_model(name)
    return found


def _evaluation_data(registry: Registry, spec: MonitorSpec, spool: Path) -> Upload | None:
    if spec.version is None or spec.reference.first is not None:
        return None
    path = registry.evaluation_data(spec.model, spec.version, spool)
    return (
        None if path is None else Upload(path=path, format="parquet", name="the registry's evaluation data")
    )


def _notices(spec: MonitorSpec, reference: Upload | None, store: AnalyticsStore) -> tuple[Notice, ...]:
    """Say which columns of a spec a reference file lacks; a stream's first period is not there yet."""
    if reference is None:
        return ()
    with store.reading() as cursor:
        return absent_columns(spec, names_in(cursor, reference), kind="reference")


def _with_features(
    spec: MonitorSpec, registry: Registry, reference: Upload | None, store: AnalyticsStore
) -> MonitorSpec:
    """Complete a spec that lists no features: from the logged signature, else from the reference file."""
    if spec.features is not None:
        return spec
    signature = registry.signature(spec.model, spec.version) if spec.version is not None else None
    if signature:
        features = Features(
            numeric=tuple(column.name for column in signature if column.kind == "numeric"),
            categorical=tuple(column.name for column in signature if column.kind == "categorical"),
        )
        return with_features(spec, features)
    if reference is None:
        problem = Problem(
            field="features",
            message="are not listed, and neither a logged signature nor a reference file tells them",
            remedy="list them: features: {numeric: [...], categorical: [...]}",
        )
        raise InvalidInput("The spec", [problem])
    return infer_features(spec, columns_of(store, reference))
