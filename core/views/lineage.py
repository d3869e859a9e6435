"""What the Lineage page shows: what a model is made of, what hangs on it, and whom it concerns."""

from dataclasses import dataclass
from datetime import datetime

from core.domain import Health

LAYER_NAMES = (
    "Sources",
    "Features",
    "Data set versions",
    "Training runs",
    "Model versions",
    "Aliases and deployments",
    "Monitors and decisions",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageScope:
    """Whose lineage: of a model, or around one object, of which ``hops`` links are shown (None: all).

    With neither a model nor a focus the page offers what can be looked at. ``impact`` is the text of an
    impact query: a data set, a source or a column.
    """

    model: str | None = None
    focus: str | None = None
    hops: int | None = 1
    impact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageCard:
    """A thing as it is drawn: ``layer`` counts from the sources; ``facts`` are what is known of it.

    ``health`` is None where a thing has no state of its own. ``model`` names the model whose page tells more.
    """

    id: str
    kind: str
    layer: int
    name: str
    detail: str
    model: str | None = None
    owner: str | None = None
    health: Health | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageLink:
    """A link between two cards, from what comes first to what comes of it."""

    source: str
    target: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedModel:
    """A live model that an object reaches, and whom to ask; ``decisions`` are the newest that hang on it."""

    model: str
    version: str | None
    alias: str | None
    health: Health
    why: str
    owner: str | None
    risk: str | None
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """What an object reaches: ``about`` is its node id, ``live`` the models in production that it touches."""

    about: str
    name: str
    sentence: str
    live: tuple[TouchedModel, ...]
    n_reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageView:
    """The lineage page.

    ``signature`` changes only when what is drawn does. ``focus`` is the id of the card that is looked at,
    ``choices`` are objects that can be asked about: an id and a name each. ``n_objects`` and ``n_links``
    count the whole, of which the cards may be a part. ``empty_title`` and ``empty_text`` are set where there
    is nothing to draw; ``broken`` then are sources and tables whose checks failed, worst first.
    """

    at: datetime
    name: str | None
    models: tuple[str, ...]
    cards: tuple[LineageCard, ...]
    links: tuple[LineageLink, ...]
    focus: str | None
    radius: BlastRadius | None
    choices: tuple[tuple[str, str], ...]
    n_objects: int
    n_links: int
    signature: str
    empty_title: str = ""
    empty_text: str = ""
    broken: tuple[LineageCard, ...] = ()
