"""A made lineage: a lending model's, of as many objects as asked for."""

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from core.domain import Health, Status
from core.views.datasets import (
    ColumnDistance,
    ColumnDrift,
    ColumnProfile,
    Dataset,
    DatasetDrift,
    DatasetFile,
    DatasetScope,
    DatasetSide,
    DatasetsView,
    DatasetVersion,
    FeatureRow,
    FeatureUse,
)
from core.views.lineage import (
    BlastRadius,
    LineageCard,
    LineageLink,
    LineageScope,
    LineageView,
    TouchedModel,
)

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
EVIL = "<b>a</b> **b** :red[c]"
_KINDS = ("source", "feature", "dataset", "run", "version", "alias", "monitor")
_NAMES = (
    ("core.accounts", "core.payments", "bureau.scores", "crm.contacts", "web.events"),
    ("fs_income v3", "fs_behaviour v5", "fs_payments v4", "fs_bureau v6"),
    ("train 2026-11", "shadow 2026-11", "train 2026-10", "holdout 2026-11"),
    ("run 78cea4", "run adfc13", "run dcc523", "run c5bb14", "run 1010be"),
    ("lending v16", "lending v13", "lending v12", "lending v14", "lending v15"),
    ("champion", "challenger", "prod-eu"),
    ("psi-hourly", "auc-daily", "fairness-weekly"),
)
_DETAILS = ("17 M rows", "29 columns", "5.4 M rows", "AUC 0.89", "stage: archived", "alias", "every hour")
_STATES = (None, None, None, None, Health.HEALTHY, None, Health.WATCH)
TOUCHED = TouchedModel(
    model="lending",
    version="16",
    alias="champion",
    health=Health.CRITICAL,
    why="ROC AUC 0.706, limit 0.730",
    owner="credit-risk",
    risk="high",
    decisions=("promoted by ann, 2 Oct 2026: better on fresh rows",),
)


def cards_of(n: int) -> tuple[LineageCard, ...]:
    """Return about ``n`` cards over all layers, the same for the same number."""
    chance, found = Random(n), []
    for layer, names in enumerate(_NAMES):
        for at in range(max(len(names), round(n / len(_NAMES)))):
            again = at // len(names)
            name = names[at % len(names)] + (f" {again}" if again else "")
            health = _STATES[layer]
            if health is not None and again:
                health = chance.choice([Health.HEALTHY, Health.HEALTHY, Health.WATCH, Health.CRITICAL])
            found.append(
                LineageCard(
                    id=f"{_KINDS[layer]}:{name}",
                    kind=_KINDS[layer],
                    layer=layer,
                    name=name,
                    detail=_DETAILS[layer],
                    model="lending" if layer > 2 else None,
                    owner="credit-risk" if layer in (0, 4) else None,
                    health=health,
                    facts=(("Digest", "9f2c61"), ("Seen", "18 Nov 2026")) if layer == 2 else (),
                )
            )
    return tuple(found)


def links_of(cards: tuple[LineageCard, ...]) -> tuple[LineageLink, ...]:
    """Return links that run from layer to layer, a few past one, a few within one."""
    chance = Random(len(cards))
    layers = [[card.id for card in cards if card.layer == layer] for layer in range(7)]
    found = set()
    for layer, own in enumerate(layers[1:], start=1):
        for at, one in enumerate(own):
            near = layers[layer - 1][at * len(layers[layer - 1]) // len(own)]
            found.add((near, one))
            if chance.random() < 0.5:
                found.add((chance.choice(layers[layer - 1]), one))
            if layer > 1 and chance.random() < 0.08:
                found.add((chance.choice(layers[layer - 2]), one))
    found.add((layers[6][0], layers[6][1]))
    return tuple(LineageLink(source=a, target=b, relation="feeds") for a, b in sorted(found))


def within(links: tuple[LineageLink, ...], starts: set[str], hops: int | None) -> set[str]:
    """Return what is so many links away, either way."""
    far = dict.fromkeys(starts, 0)
    waiting = deque(starts)
    while waiting:
        here = waiting.popleft()
        for link in links:
            for one, other in ((link.source, link.target), (link.target, link.source)):
                if one == here and other not in far and (hops is None or far[here] < hops):
                    far[other] = far[here] + 1
                    waiting.append(other)
    return set(far)


def lineage_view(scope: LineageScope, *, n: int = 30, n_models: int = 4) -> LineageView:
    """Return what the page shows of a made lineage: with nothing looked at, all versions are."""
    if not n_models:
        return empty("No lineage yet", "It grows from registered models, monitors and OpenLineage events.")
    cards = cards_of(n)
    links = links_of(cards)
    names = {card.id: card.name for card in cards}
    choices = tuple((card.id, card.name) for card in cards if card.layer < 3)
    failed = replace(cards[0], health=Health.CRITICAL, detail="2 of 3 checks failed", owner="warehouse")
    lost = replace(empty("", "", models=("lending", "readmission"), choices=choices), broken=(failed,))
    if scope.model == "nope":
        return replace(
            lost, empty_title="No model is called nope", empty_text="Choose one of those that are."
        )
    if scope.focus is not None and scope.focus not in names:
        return replace(lost, empty_title="That object is not known", empty_text="It may be gone.")
    about = scope.impact if scope.impact is not None else scope.focus
    about = next((one for one, name in names.items() if about in (one, name)), None)
    if scope.impact is not None and about is None:
        return replace(lost, empty_title=f"There is no object {scope.impact}.", empty_text="Ask for another.")
    starts = {card.id for card in cards if card.layer == 4} | ({scope.focus} if scope.focus else set())
    near = within(links, starts, scope.hops)
    return replace(
        lost,
        name=scope.model,
        cards=tuple(card for card in cards if card.id in near),
        links=tuple(link for link in links if {link.source, link.target} <= near),
        focus=scope.focus,
        radius=None if about is None else radius(about, names[about]),
        n_objects=len(cards),
        n_links=len(links),
        signature=f"{len(near)} {scope.hops}",
        broken=(),
    )


def radius(about: str, name: str) -> BlastRadius:
    """Return one live model that an object reaches."""
    return BlastRadius(
        about=about,
        name=name,
        sentence="1 live model comes of it: lending.",
        live=(TOUCHED,),
        n_reached=9,
    )


def empty(
    title: str, words: str, *, models: tuple[str, ...] = (), choices: tuple[tuple[str, str], ...] = ()
) -> LineageView:
    """Return a view with nothing to draw."""
    return LineageView(
        at=AT,
        name=None,
        models=models,
        cards=(),
        links=(),
        focus=None,
        radius=None,
        choices=choices,
        n_objects=0,
        n_links=0,
        signature="",
        empty_title=title,
        empty_text=words,
    )


def datasets_view(scope: DatasetScope) -> DatasetsView:
    """Return one data set of two versions, and a feature of two models; nothing of any other model."""
    versions = [
        DatasetVersion(
            id=f"dataset:train@{digest}",
            digest=digest,
            n_rows=n_rows,
            columns=(("income", "double"),),
            used_for="training",
            at=AT,
            versions=("lending v16",),
            live=("lending v16",) if digest == "9f2c61" else (),
            labels="column repaid, known 21 days after the event",
        )
        for digest, n_rows in (("9f2c61", 5_400_000), ("77aa10", None))
    ]
    train = Dataset(
        name="train",
        models=("lending",),
        sources=("core.payments",),
        versions=tuple(versions),
        changes=("age came",),
    )
    income = FeatureRow(
        name="income",
        kind="numeric",
        uses=(
            FeatureUse(
                model="lending",
                owner="risk",
                metric="psi",
                value=0.31,
                limit=0.2,
                status=Status.FAIL,
                window_end=AT,
            ),
            FeatureUse(model="control", owner=None),
        ),
        columns=("core.payments.amount",),
        health=Health.CRITICAL,
    )
    ours = scope.model in (None, "lending")
    return DatasetsView(
        at=AT,
        scope=scope,
        datasets=(train,) if ours else (),
        features=(income,) if ours else (),
        n_datasets=1,
        n_features=1,
        files=(
            DatasetFile(ref="train@77aa10", models=("lending",)),
            DatasetFile(ref="train@9f2c61", models=("lending",)),
            DatasetFile(ref="lake@a4a4a4", models=("lending",), missing="it lies at s3://lake/train.parquet"),
        )
        if ours
        else (),
    )


def dataset_drift(before: str, after: str) -> DatasetDrift:
    """Return two columns: one past its limit, one that nothing judged."""
    psi = ColumnDistance(
        metric="psi",
        value=0.31,
        unit="",
        low=0.28,
        high=0.34,
        n=3000,
        n_reference=4000,
        reason=None,
        status=Status.FAIL,
        limit_high=0.2,
        sentence="PSI of income is 0.31, limit 0.2.",
    )
    ks = replace(psi, metric="ks", value=0.12, low=None, high=None, status=None, limit_high=None, sentence="")
    income = ColumnDrift(
        name="income",
        kind="numeric",
        status=Status.FAIL,
        distances=(psi, ks),
        before=ColumnProfile(n=4000, missing=0.0, mean=41_200.0),
        after=ColumnProfile(n=3000, missing=0.02, mean=52_900.0),
    )
    plan = ColumnDrift(
        name="plan",
        kind="categorical",
        status=None,
        distances=(),
        before=ColumnProfile(n=4000, missing=0.0, commonest="basic"),
        after=ColumnProfile(n=3000, missing=0.0),
    )
    return DatasetDrift(
        at=AT,
        model="lending",
        before=DatasetSide(ref=before, n_rows=4000, sha256="77" * 32, note=""),
        after=DatasetSide(ref=after, n_rows=3000, sha256="00" * 32, note="the file is not what was logged"),
        columns=(income, plan),
        left_out=("age",),
        beside=("id",),
    )
