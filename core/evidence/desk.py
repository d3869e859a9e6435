"""Evidence as people ask for it: how items stand, forms that are filled and accepted, the inventory."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from core.access.independence import same_person
from core.access.person import Person
from core.chain.canonical import Json
from core.chain.entries import Draft, moment
from core.config import Settings
from core.domain import Risk
from core.errors import Conflict, InvalidInput, NotFound, Problem, Refused, suggestion
from core.evidence import governing, shown, states
from core.evidence.collectors import COLLECTORS, Answer
from core.evidence.exporting import Exporting
from core.evidence.facts import ModelFacts
from core.evidence.gather import Gathering, mirrored_models
from core.evidence.inventory import InventoryDesk
from core.evidence.pack import Item, Kind, Pack
from core.evidence.pack_file import every_pack, pick
from core.form import Form
from core.ledger import Ledger
from core.lineage.desk import Lineage
from core.ports import Clock, Registry
from core.store import AnalyticsStore, StateStore, StoredMonitor
from core.store.evidence import SeenPack
from core.store.registry_mirror import MirroredModel
from core.views.governance import (
    EvidenceView,
    FleetEvidence,
    GovernanceScope,
    GovernanceView,
    PackNote,
    Part,
    fleet_summed_up,
)

PAGE_OF_FLEET = 50
"""Models of a fleet whose evidence is told at a time."""
MOST_TEXT = 20_000
"""Letters that a form may have; longer documents are named by their place."""
_log = logging.getLogger("trimtab.evidence")


class EvidenceDesk(Exporting, InventoryDesk):
    """A workspace's evidence.

    Parameters
    ----------
    settings
        The workspace's settings; packs of its own lie in the folder ``packs`` of the workspace.
    store, state
        The two stores.
    ledger
        Is told what people write and accept, and that a pack asks for something else.
    registries
        Short name → registry.
    lineage
        Knows what each model is made of.
    clock
        Tells the time.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: AnalyticsStore,
        state: StateStore,
        ledger: Ledger,
        registries: Mapping[str, Registry],
        lineage: Lineage,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._lineage = lineage
        self._store = store
        self._state = state
        self._ledger = ledger
        self._clock = clock
        self._gathering = Gathering(
            settings=settings, store=store, state=state, ledger=ledger, registries=registries, clock=clock
        )

    # ---------------------------------------------------------------- packs

    def packs(self) -> list[PackNote]:
        """Return the rule packs, with what their latest version opened again."""
        packs, seen = self._packs()
        monitors, forms = self._state.list_monitors(), self._state.evidence.forms()
        return [shown.pack_note(one, seen.get(one.name), monitors, forms) for one in packs.values()]

    def _packs(self) -> tuple[Mapping[str, Pack], Mapping[str, SeenPack]]:
        """Return the packs; one that asks for something else than when last seen goes on record."""
        packs, seen = every_pack(self._settings.workspace.root / "packs"), self._state.evidence.seen()
        for pack in packs.values():
            before, digests = seen.get(pack.name), pack.digests()
            if before is not None and (before.version, dict(before.items)) == (pack.version, digests):
                continue
            changed = {} if before is None else _changed(before.items, digests)
            now = self._clock.now()
            made = SeenPack(pack=pack.name, version=pack.version, items=digests, changed=changed, seen_at=now)
            with self._state.together():
                self._state.evidence.see(made)
                if before is not None:
                    facts: dict[str, Json] = {
                        "pack": pack.name,
                        "from": before.version,
                        "to": pack.version,
                        "items": dict(changed),
                    }
                    self._ledger.append(Draft(kind="pack.changed", actor="trimtab", facts=facts))
            seen[pack.name] = made
        return packs, seen

    # ---------------------------------------------------------------- shown

    def view(self, model: str, pack: str | None = None, *, signed: bool = True) -> EvidenceView:
        """Return how the evidence of one model stands, by one pack or by all that concern it by default.

        Parameters
        ----------
        signed
            False leaves out how far the ledger is signed, which changes by itself.

        Raises
        ------
        NotFound
            There is no such model, monitored or registered; or no such pack.
        Conflict
            The bare name is used in several registries.
        """
        packs, seen = self._packs()
        monitor, mirrored = self._find(model)
        common = self._gathering.workspace()
        if not signed:
            common = replace(common, signed=None)
        return self._view(monitor, mirrored, packs, seen, pack=pack, common=common)

    def fleet(self, pack: str, *, after: str = "", limit: int = PAGE_OF_FLEET) -> FleetEvidence:
        """Return the evidence of the models that a pack concerns, so many at a time, in the order of names.

        Parameters
        ----------
        after
            Full name of the last model that is known already; empty to begin.
        limit
            Models at most; each takes some hundredths of a second.

        Raises
        ------
        NotFound
            There is no such pack.
        """
        packs, seen = self._packs()
        chosen, common = pick(packs, pack), self._gathering.workspace()
        monitors = {one.name: one for one in self._state.list_monitors() if one.retired_at is None}
        with self._store.reading() as cursor:
            mirrored = mirrored_models(cursor)
        names = [
            full
            for full in sorted(monitors.keys() | mirrored.keys())
            if chosen.applies.to(monitors[full].spec if full in monitors else None)
        ]
        left = [full for full in names if full > after]
        views = tuple(
            self._view(monitors.get(full), mirrored.get(full), packs, seen, pack=pack, common=common)
            for full in left[:limit]
        )
        inventory = tuple(
            one
            for one in self._state.evidence.inventory()
            if chosen.applies.to(None, risk=Risk(one.risk), use_case=one.use_case)
        )
        note = shown.pack_note(chosen, seen.get(pack), list(monitors.values()), self._state.evidence.forms())
        return FleetEvidence(
            as_of=common.now,
            pack=note,
            models=views,
            inventory=inventory,
            summary=fleet_summed_up(views, inventory),
            n_models=len(names),
            following=left[limit - 1] if len(left) > limit else None,
        )

    def governance(self, scope: GovernanceScope, person: Person) -> GovernanceView:
        """Return what the Governance page shows; raises as :meth:`view` does.

        Of no model, that of the first one is shown; a pack that does not concern it is not.
        """
        monitors = [one for one in self._state.list_monitors() if one.retired_at is None]
        with self._store.reading() as cursor:
            known = {one.name for one in mirrored_models(cursor).values()}
        watched = sorted(one.spec.model for one in monitors)
        models = tuple(dict.fromkeys([*watched, *sorted(known)]))
        view = governing.frame(scope, models, person, self._clock.now())
        if scope.part is Part.LEDGER:
            anchored = self._settings.ledger_anchor is not None
            return replace(view, ledger=governing.ledger_note(self._ledger, self._state, anchored=anchored))
        if scope.part is Part.POLICIES:
            return replace(view, policies=governing.policy_rows(self._state, monitors))
        if scope.part is Part.DECISIONS:
            asked = self._state.pointers.actions(model=scope.model, limit=governing.MOST_DECISIONS)
            return replace(view, decisions=tuple(asked))
        if scope.part is Part.KPIS or (not models and scope.model is None):
            return view
        model = scope.model or models[0]
        notes = governing.pack_notes(list(self._packs()[0].values()), self._find(model)[0])
        names = [one.name for one in notes]
        chosen = scope.pack if scope.pack in names else names[0]
        shown_scope = replace(scope, model=model, pack=chosen)
        return replace(view, scope=shown_scope, packs=notes, evidence=self.view(model, chosen))

    def _find(self, model: str) -> tuple[StoredMonitor | None, MirroredModel | None]:
        """Return how a model is monitored and how its registry shows it; raises as :meth:`view` does."""
        with self._store.reading() as cursor:
            every = mirrored_models(cursor)
        try:
            monitor = self._state.monitor(model)
        except NotFound:
            named = {full: one for full, one in every.items() if model in (full, one.name)}
            if not named:
                known = sorted({one.name for one in every.values()})
                hint = suggestion(model, known) if known else ""
                raise NotFound("model", model, hint=hint) from None
            if len(named) > 1:
                what = f"'{model}' names several models: {', '.join(sorted(named))}"
                raise Conflict(what, hint="Write the registry's name before it.") from None
            return None, next(iter(named.values()))
        return monitor, every.get(monitor.name)

    def _view(
        self,
        monitor: StoredMonitor | None,
        mirrored: MirroredModel | None,
        packs: Mapping[str, Pack],
        seen: Mapping[str, SeenPack],
        *,
        pack: str | None,
        common: ModelFacts,
    ) -> EvidenceView:
        facts = self._gathering.model(common, monitor, mirrored)
        spec = facts.spec
        chosen = [pick(packs, pack)] if pack else [
            one for one in packs.values() if one.by_default and one.applies.to(spec)
        ]  # fmt: skip
        forms = {(one.pack, one.item): one for one in self._state.evidence.forms(facts.model)}
        answers = Answers(facts)
        items = tuple(
            shown.evidence_item(one, item, answers, forms.get((one.name, item.id)), facts.now)
            for one in chosen
            for item in one.items_for(spec)
        )
        monitors = [] if monitor is None else [monitor]
        notes = (shown.pack_note(one, seen.get(one.name), monitors, list(forms.values())) for one in chosen)
        return shown.evidence_view(facts, tuple(notes), items)

    # ---------------------------------------------------------------- what people give

    def fill(
        self, model: str, item: str, *, text: str, owner: str | None, until: datetime | None, actor: str
    ) -> EvidenceView:
        """Write down what a human item asks for; it is a draft until somebody accepts it.

        Raises
        ------
        NotFound
            There is no such model, or no such item among those that concern it.
        InvalidInput
            It says nothing or too much, its day has passed, or the item fills itself.
        """
        facts, pack, chosen, _ = self._item(model, item)
        problems = []
        if chosen.kind is Kind.AUTOMATIC:
            problems.append(Problem(field="item", message=f"{item} fills itself", remedy="accept it instead"))
        if not text.strip():
            problems.append(Problem(field="text", message="is empty", remedy="say what is asked for"))
        if len(text) > MOST_TEXT:
            what = f"has more than {MOST_TEXT:,} letters"
            problems.append(Problem(field="text", message=what, remedy="name the document's place"))
        if until is not None and until <= facts.now:
            problems.append(Problem(field="until", message="has passed", remedy="name a day to come"))
        if problems:
            raise InvalidInput("The form", problems)
        form = Form(
            model=facts.model,
            pack=pack.name,
            item=chosen.id,
            text=text.strip(),
            owner=owner or (facts.spec.owner if facts.spec else None),
            valid_until=until,
            filled_at=facts.now,
            filled_by=actor,
            item_digest=chosen.digest,
        )
        self._keep(form, "evidence.filled", actor, chosen)
        return self.view(model, pack.name)

    def accept(self, model: str, item: str, *, person: Person) -> EvidenceView:
        """Stand for what an item says, as it is now.

        Raises
        ------
        NotFound
            There is no such model or item.
        Conflict
            There is nothing to stand for: nobody wrote it, or what it rests on is missing.
        Refused
            People sign in here, and this one wrote it.
        """
        facts, pack, chosen, form = self._item(model, item)
        answers = Answers(facts)
        bar = states.bar(chosen, answers, form, facts.now)
        if bar:
            raise Conflict(f"{item} of {facts.model} cannot be accepted: {bar}", hint="Nothing was changed.")
        wrote = form is not None and form.text and same_person(person.name, form.filled_by)
        if self._settings.identity.team and wrote:
            what = f"{person.name} wrote {item} and may not accept it"
            raise Refused(what, hint="Ask somebody who did not.")
        kept = form or Form(
            model=facts.model,
            pack=pack.name,
            item=chosen.id,
            text="",
            owner=None,
            valid_until=None,
            filled_at=facts.now,
            filled_by=person.name,
            item_digest=chosen.digest,
        )
        rests = states.resting(chosen, answers)
        accepted = replace(
            kept,
            item_digest=chosen.digest,
            accepted_at=facts.now,
            accepted_by=person.name,
            rests=rests,
        )
        self._keep(accepted, "evidence.accepted", person.name, chosen)
        return self.view(model, pack.name)

    def _item(self, model: str, item: str) -> tuple[ModelFacts, Pack, Item, Form | None]:
        packs, _ = self._packs()
        name, _, identity = item.partition("/")
        pack = pick(packs, name)
        facts, _ = self._facts(model)
        known = {one.id: one for one in pack.items_for(facts.spec)}
        if identity not in known:
            hint = suggestion(identity, known)
            raise NotFound(f"item of {name} for {facts.model}", identity, hint=hint)
        forms = self._state.evidence.forms(facts.model)
        form = next((one for one in forms if (one.pack, one.item) == (name, identity)), None)
        return facts, pack, known[identity], form

    def _facts(self, model: str) -> tuple[ModelFacts, StoredMonitor | None]:
        monitor, mirrored = self._find(model)
        return self._gathering.model(self._gathering.workspace(), monitor, mirrored), monitor

    def _keep(self, form: Form, kind: str, actor: str, item: Item) -> None:
        facts: dict[str, Json] = {
            "pack": form.pack,
            "item": form.item,
            "item_digest": item.digest,
            "digest": form.digest if form.text else None,
            "rests": dict(form.rests),
            "until": None if form.valid_until is None else moment(form.valid_until),
        }
        private: dict[str, Json] = {"text": form.text, "owner": form.owner}
        with self._state.together():
            self._state.evidence.put(form)
            self._ledger.append(Draft(kind=kind, actor=actor, model=form.model, facts=facts, private=private))
        _log.info("%s model=%s item=%s/%s", kind, form.model, form.pack, form.item)


class Answers(Mapping[str, Answer]):
    """What collectors find in a model's facts, each asked once and only if it is named."""

    def __init__(self, facts: ModelFacts) -> None:
        self._facts = facts
        self._known: dict[str, Answer] = {}

    def __getitem__(self, name: str) -> Answer:
        if name not in self._known:
            self._known[name] = COLLECTORS[name].ask(self._facts)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COLLECTORS)

    def __len__(self) -> int:
        return len(COLLECTORS)


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    new = {name: "new" for name in now if name not in before}
    return {**new, **{name: "changed" for name in now if name in before and before[name] != now[name]}}
