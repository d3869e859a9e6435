"""Evidence as it is shown: items, packs and fleets as view values. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.evidence import states
from core.evidence.collectors import COLLECTORS, Answer
from core.evidence.facts import ModelFacts
from core.evidence.pack import Item, Kind, Pack
from core.form import Form
from core.store import StoredMonitor
from core.store.evidence import SeenPack
from core.views.governance import EvidenceItem, EvidenceView, PackNote, summed_up


def evidence_item(
    pack: Pack, item: Item, answers: Mapping[str, Answer], form: Form | None, now: datetime
) -> EvidenceItem:
    """Return an item of a model as it stands."""
    stands = states.stand(item, answers, form, now)
    is_human = item.kind is Kind.HUMAN
    source = "form" if is_human else f"{item.source} ({COLLECTORS[str(item.source)].reads.value})"
    return EvidenceItem(
        id=f"{pack.name}/{item.id}",
        pack=pack.name,
        item=item.id,
        title=item.title,
        asks=item.asks,
        article=item.article,
        kind=item.kind.value,
        state=stands.state,
        why=stands.why,
        source=source,
        digest=stands.digest,
        owner=(form.owner if form is not None and form.owner else item.owner),
        valid_until=stands.until,
        text="" if form is None else form.text,
        filled_by=None if form is None or not form.text else form.filled_by,
        filled_at=None if form is None or not form.text else form.filled_at,
        accepted_by=None if form is None else form.accepted_by,
        accepted_at=None if form is None else form.accepted_at,
        rests_on=item.rests_on,
        bar=states.bar(item, answers, form, now),
    )


def evidence_view(
    facts: ModelFacts, packs: tuple[PackNote, ...], items: tuple[EvidenceItem, ...]
) -> EvidenceView:
    """Return the evidence of a model."""
    registry, _, name = facts.model.partition("/")
    return EvidenceView(
        as_of=facts.now,
        model=name,
        registry=registry,
        version=None if facts.champion is None else facts.champion.version,
        packs=packs,
        items=items,
        summary=summed_up(items),
    )


def pack_note(
    pack: Pack, seen: SeenPack | None, monitors: Sequence[StoredMonitor], forms: Iterable[Form]
) -> PackNote:
    """Return a pack as lists name it, with what its latest version opened again.

    Parameters
    ----------
    seen
        The pack against its version before, None where it was never seen.
    monitors, forms
        The models to look at, and what people gave of them.
    """
    changed = {} if seen is None else dict(seen.changed)
    titles = {one.id: one.title for one in pack.items}
    return PackNote(
        name=pack.name,
        title=pack.title,
        version=pack.version,
        dated=pack.dated.isoformat(),
        rules=pack.rules,
        about=pack.about,
        check=pack.check,
        n_items=len(pack.items),
        by_default=pack.by_default,
        milestones=tuple(
            f"{one.on.day} {one.on:%b %Y}: {one.what} (check: {one.check})" for one in pack.milestones
        ),
        changed=tuple(f"{titles[name]}: {how}" for name, how in changed.items() if name in titles),
        reopens=tuple(_reopened(pack, changed, monitors, list(forms))),
    )


def _reopened(
    pack: Pack, changed: Mapping[str, str], monitors: Sequence[StoredMonitor], forms: Sequence[Form]
) -> Iterable[str]:
    """Give model and item for all that a new version opens: new items, and what was accepted before."""
    given = {(one.model, one.item): one for one in forms if one.pack == pack.name}
    for monitor in monitors:
        if not pack.applies.to(monitor.spec):
            continue
        for item in pack.items_for(monitor.spec):
            form = given.get((monitor.name, item.id))
            if changed.get(item.id) == "new" and form is None:
                yield f"{monitor.name}: {item.title} (new)"
            elif form is not None and form.accepted_at is not None and form.item_digest != item.digest:
                was = f"accepted {form.accepted_at:%d %b %Y}, asks for something else"
                yield f"{monitor.name}: {item.title} ({was})"
