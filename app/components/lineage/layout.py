"""Where the cards of a lineage stand: layers folded, crossings reduced, heights aligned. Pure.

Cards stand in columns, one a layer. A link that passes a column gets a lane of its own there, so that it runs
between cards and never behind one; links of one source, or to one target, share their lanes. The order within
columns is found by sweeps that put each card at the mean place of its neighbours (Sugiyama and others, 1981,
doi:10.1109/TSMC.1981.4308636), and of all orders seen the one with the fewest crossings is kept.
"""

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from core.domain import Health
from core.views.lineage import LineageCard, LineageLink

MOST = 7
"""Cards that a layer shows; of more it shows the worst ones and folds the others."""
CARD_HEIGHT, LANE_HEIGHT, GAP = 44.0, 6.0, 12.0
_SWEEPS = 8
_BADNESS = {Health.CRITICAL: 0, Health.WATCH: 1, Health.UNKNOWN: 2, Health.HEALTHY: 3, None: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What stands in a column: a card, a fold of ``hidden`` cards, or the way to fold again.

    ``id`` is the card's; ``card`` is None for the other two. ``y`` is the upper edge in pixels.
    """

    id: str
    column: int
    y: float
    card: LineageCard | None = None
    hidden: tuple[LineageCard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A drawn link: from box to box, by way of lanes, each a column and a height in pixels."""

    source: str
    target: str
    via: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A drawing: ``layers`` are those with cards, one a column; ``home`` is card id → id of its fold."""

    layers: tuple[int, ...]
    boxes: tuple[Box, ...]
    paths: tuple[Path, ...]
    home: Mapping[str, str]
    height: float
    n_crossings: int


@dataclass(slots=True, kw_only=True)
class _Columns:
    """Items of each column in order; ``beside`` is item → neighbours in the column before and after."""

    items: list[list[str]]
    before: Mapping[str, list[str]] = field(default_factory=dict)
    after: Mapping[str, list[str]] = field(default_factory=dict)
    last: Collection[str] = frozenset()


def fold_id(layer: int) -> str:
    """Return the id of a layer's fold.

    No card is called so: a node's id begins with its kind.
    """
    return f"fold:{layer}"


def worst(cards: Iterable[LineageCard]) -> Health | None:
    """Return the worst state of these cards; None where none has one."""
    return min((card.health for card in cards), key=_BADNESS.__getitem__, default=None)


def lay_out(
    cards: Sequence[LineageCard],
    links: Sequence[LineageLink],
    *,
    focus: str | None = None,
    unfolded: Collection[int] = (),
) -> Layout:
    """Return where everything stands; the same for the same cards and links, in whatever order they come.

    Parameters
    ----------
    focus
        A card that is never folded away; of a folded layer, those on its trace are shown first.
    unfolded
        Layers that show all their cards.
    """
    if not cards:
        return Layout(layers=(), boxes=(), paths=(), home={}, height=0.0, n_crossings=0)
    shown, folds = _fold(cards, links, focus, unfolded)
    layers = tuple(sorted({card.layer for card in cards}))
    place = {layer: column for column, layer in enumerate(layers)}
    home = {card.id: fold_id(layer) for layer, hidden in folds.items() for card in hidden}
    ends = {card.id: place[card.layer] for card in shown}
    ends |= {fold_id(layer): place[layer] for layer in {*folds, *_foldable(cards, unfolded)}}
    pairs = _pairs(links, home, {card.id for card in cards})
    columns, routes = _routed(ends, pairs)
    columns.items = _uncrossed(columns)
    heights = _aligned(columns, {place[layer] for layer in _foldable(cards, unfolded)})
    by_id = {card.id: card for card in shown}
    boxes = [
        Box(
            id=one,
            column=column,
            y=round(heights[one], 1),
            card=by_id.get(one),
            hidden=folds.get(layers[column], ()) if one == fold_id(layers[column]) else (),
        )
        for column, items in enumerate(columns.items)
        for one in items
        if one in ends
    ]
    paths = tuple(
        Path(
            source=source,
            target=target,
            via=tuple(
                (column, round(heights[lane] + LANE_HEIGHT / 2, 1)) for column, lane in routes[source, target]
            ),
        )
        for source, target in pairs
    )
    return Layout(
        layers=layers,
        boxes=tuple(boxes),
        paths=paths,
        home=home,
        height=max(box.y for box in boxes) + CARD_HEIGHT,
        n_crossings=_crossings(columns, columns.items),
    )


def _foldable(cards: Sequence[LineageCard], unfolded: Collection[int]) -> set[int]:
    """Return the unfolded layers that could be folded again."""
    return {layer for layer in unfolded if sum(card.layer == layer for card in cards) > MOST}


def _fold(
    cards: Sequence[LineageCard],
    links: Sequence[LineageLink],
    focus: str | None,
    unfolded: Collection[int],
) -> tuple[list[LineageCard], dict[int, tuple[LineageCard, ...]]]:
    """Return the cards to show, and per layer those in its fold.

    Shown are those on the trace of what is looked at, then the worst, then the most linked.
    """
    degree: dict[str, int] = defaultdict(int)
    for link in links:
        degree[link.source] += 1
        degree[link.target] += 1
    traced = _trace(links, focus)

    def rank(one: LineageCard) -> tuple[bool, bool, int, int, str, str]:
        is_far = one.id not in traced
        return one.id != focus, is_far, _BADNESS[one.health], -degree[one.id], one.name, one.id

    layers: dict[int, list[LineageCard]] = defaultdict(list)
    for card in sorted(cards, key=rank):
        layers[card.layer].append(card)
    shown: list[LineageCard] = []
    folds: dict[int, tuple[LineageCard, ...]] = {}
    for layer, own in layers.items():
        if len(own) <= MOST or layer in unfolded:
            shown += own
            continue
        shown += own[: MOST - 1]
        folds[layer] = tuple(own[MOST - 1 :])
    return shown, folds


def _trace(links: Sequence[LineageLink], focus: str | None) -> set[str]:
    """Return what an object came from and what came of it."""
    if focus is None:
        return set()
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for link in links:
        before[link.target].append(link.source)
        after[link.source].append(link.target)
    return _reached(focus, before) | _reached(focus, after)


def _reached(start: str, beside: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = [one for one in beside.get(waiting.pop(), ()) if one not in found]
        found.update(new)
        waiting += new
    return found


def _pairs(
    links: Sequence[LineageLink], home: Mapping[str, str], known: Collection[str]
) -> list[tuple[str, str]]:
    """Return what is linked as it is drawn, each pair once; links inside a fold are not drawn."""
    pairs = {
        (home.get(link.source, link.source), home.get(link.target, link.target))
        for link in links
        if link.source in known and link.target in known
    }
    return sorted((source, target) for source, target in pairs if source != target)


def _routed(
    ends: Mapping[str, int], pairs: Sequence[tuple[str, str]]
) -> tuple[_Columns, dict[tuple[str, str], list[tuple[int, str]]]]:
    """Return the columns with lanes, in an order to begin with, and each pair's lanes."""
    items: list[set[str]] = [set() for _ in range(max(ends.values()) + 1)]
    for one, column in ends.items():
        items[column].add(one)
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    routes: dict[tuple[str, str], list[tuple[int, str]]] = {}
    long = [(source, target) for source, target in pairs if ends[target] > ends[source] + 1]
    leaving, coming = Counter(source for source, _ in long), Counter(target for _, target in long)
    for source, target in pairs:
        # Links that part late, or meet early, share a lane: by that end which more of them have in common.
        shared = f"to {target}" if coming[target] > leaving[source] else f"from {source}"
        lanes = [(column, f"lane:{column} {shared}") for column in range(ends[source] + 1, ends[target])]
        routes[source, target] = lanes
        if ends[target] <= ends[source]:
            continue
        stops = [source, *(lane for _, lane in lanes), target]
        for column, lane in lanes:
            items[column].add(lane)
        for one, other in pairwise(stops):
            after[one].add(other)
            before[other].add(one)
    columns = _Columns(
        items=[sorted(own) for own in items],
        before={one: sorted(found) for one, found in before.items()},
        after={one: sorted(found) for one, found in after.items()},
        last={one for one in ends if one.startswith("fold:")},
    )
    return columns, routes


def _uncrossed(columns: _Columns) -> list[list[str]]:
    """Return the order of fewest crossings that the sweeps come to; a fold stands last in its column."""
    order = [sorted(own, key=lambda one: (one in columns.last, one)) for own in columns.items]
    best, fewest = order, _crossings(columns, order)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        order = _swept(columns, order, forward=forward)
        found = _crossings(columns, order)
        if found < fewest:
            best, fewest = order, found
    return best


def _swept(columns: _Columns, order: Sequence[Sequence[str]], *, forward: bool) -> list[list[str]]:
    beside = columns.before if forward else columns.after
    new = [list(own) for own in order]
    for column in range(1, len(new)) if forward else range(len(new) - 2, -1, -1):
        fixed = new[column - 1] if forward else new[column + 1]
        scale = 1 / max(1, len(fixed) - 1)
        place = {one: at * scale for at, one in enumerate(fixed)}
        own = 1 / max(1, len(new[column]) - 1)
        wanted = {
            one: _mean([place[other] for other in beside.get(one, ())], at * own)
            for at, one in enumerate(new[column])
        }
        new[column].sort(key=lambda one, wanted=wanted: (one in columns.last, wanted[one]))  # type: ignore[misc]
    return new


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(columns: _Columns, order: Sequence[Sequence[str]]) -> int:
    """Count pairs of links between neighbouring columns that cross: inversions of their ends' places."""
    total = 0
    for left, right in pairwise(order):
        place = {one: at for at, one in enumerate(right)}
        seen: list[int] = []
        for one in left:
            ends = sorted(place[other] for other in columns.after.get(one, ()))
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _aligned(columns: _Columns, tall: Collection[int]) -> dict[str, float]:
    """Return the upper edge of every item: near its neighbours, in order, and apart.

    Columns share one height; only a ``tall`` one, which shows all its cards, may go on below.
    """
    sizes = {
        one: LANE_HEIGHT if one.startswith("lane:") else CARD_HEIGHT for own in columns.items for one in own
    }
    needed = [sum(sizes[one] + GAP for one in own) for own in columns.items]
    shared = max((size for at, size in enumerate(needed) if at not in tall), default=max(needed))
    rooms = [max(size, shared) for size in needed]
    at: dict[str, float] = {}
    for own, size, room in zip(columns.items, needed, rooms, strict=True):
        y = (room - size) / 2
        for one in own:
            at[one] = y
            y += sizes[one] + GAP
    n = len(columns.items)
    for forward in (True, False, True):
        beside = columns.before if forward else columns.after
        for column in range(1, n) if forward else range(n - 2, -1, -1):
            own = columns.items[column]
            centre = {one: at[one] + sizes[one] / 2 for one in at}
            wanted = [
                _mean([centre[other] for other in beside.get(one, ())], centre[one]) - sizes[one] / 2
                for one in own
            ]
            at |= dict(
                zip(own, spread(wanted, [sizes[one] + GAP for one in own], rooms[column]), strict=True)
            )
    top = min(at.values())
    return {one: y - top for one, y in at.items()}


def spread(wanted: Sequence[float], sizes: Sequence[float], room: float) -> list[float]:
    """Return places in order, each at least its size before the next, nearest to those wanted, in the room.

    Least squares under an order: with the sizes taken out it is an isotonic regression, found by pooling
    what violates the order, and clipped to the room (Robertson, Wright and Dykstra 1988, chapter 1).

    Examples
    --------
    >>> spread([0.0, 0.0, 50.0], [10.0, 10.0, 10.0], 100.0)
    [0.0, 10.0, 50.0]
    >>> spread([30.0, 20.0], [10.0, 10.0], 100.0)
    [20.0, 30.0]
    """
    taken, offsets = 0.0, []
    for size in sizes:
        offsets.append(taken)
        taken += size
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, n = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / n:
            before, m = blocks.pop()
            total, n = total + before, n + m
        blocks.append((total, n))
    spare = max(0.0, room - taken)
    level = [min(max(total / n, 0.0), spare) for total, n in blocks for _ in range(n)]
    return [base + offset for base, offset in zip(level, offsets, strict=True)]
