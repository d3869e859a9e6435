"""Parts of a profile for one kind of model, and what is fitted once to a pinned reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCells:
    """Counts of how every class was scored and whether it came true, as columns of equal length.

    Of multiclass models with scores. Each row with a score of every class counts once for each class:
    ``scored`` is the class, ``score_bin`` counts on its column's edges, ``is_label`` says whether it is
    the row's label (None: no label, or one without a score column). The ``brier_*`` and ``log_*`` sums
    are of the whole row's losses and stand where ``is_label`` is True, so that each row has them once.
    """

    scored: tuple[str, ...]
    score_bin: tuple[int, ...]
    is_label: tuple[bool | None, ...]
    prediction: tuple[str | None, ...]
    n: tuple[int, ...]
    score_total: tuple[float, ...]
    score_squares: tuple[float, ...]
    brier_total: tuple[float, ...]
    brier_squares: tuple[float, ...]
    log_total: tuple[float, ...]
    log_squares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMoments:
    """Sums that intervals of squared errors need, over the ``n`` rows with a prediction and a label.

    e is prediction − label, d the label's distance from ``centre``, a number of the reference: sums of
    powers of labels themselves would lose all digits where labels are large and alike. ``ratio_*`` sum
    |e / label| and its square over the ``n_ratio`` rows whose label is not 0.
    """

    centre: float
    n: int
    n_ratio: int
    ratio_total: float
    ratio_squares: float
    error_squares: float
    error_fourths: float
    distance_total: float
    distance_squares: float
    distance_cubes: float
    distance_fourths: float
    error_squares_distance: float
    error_squares_distance_squares: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafCells:
    """Rows of a regression model by the leaf in which they end, as columns of equal length.

    Every row is in one leaf of each of the reference's trees (:class:`Fitted`). ``n`` counts rows,
    ``n_labelled`` those with a prediction and a label, over which |e|, e² and e⁴ are summed.
    """

    tree: tuple[int, ...]
    leaf: tuple[int, ...]
    n: tuple[int, ...]
    n_labelled: tuple[int, ...]
    error_absolute: tuple[float, ...]
    error_squares: tuple[float, ...]
    error_fourths: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A decision tree as columns, one entry a node, the root first.

    An inner node asks whether its ``column`` is at most its ``threshold`` and leads to the node ``below``
    or ``above``; a leaf has an empty column.
    """

    column: tuple[str, ...]
    threshold: tuple[float, ...]
    below: tuple[int, ...]
    above: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What is learned from a reference's rows when it is pinned; afterwards profiles are enough.

    ``trees`` part the inputs of a regression model by how large its errors are. In them a numeric column
    stands with its value, one without a value with the column's ``fills``; a categorical column stands
    with the place of its category in ``orders`` (from 1), any other with its ``fills``.
    ``correlations`` are those of a metric's errors in one class and another: metric → a row a class.
    """

    trees: tuple[Tree, ...] = ()
    fills: Mapping[str, float] = field(default_factory=dict)
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    correlations: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)


NOTHING_FITTED = Fitted()
