"""What an explanation is: reasons that add up to the answer, what would turn it, who stands behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

Value: TypeAlias = float | str | None
"""One value of a row: a number, a category, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one column contributed to an answer, in the answer's own unit.

    ``contribution`` is its Shapley value against rows of the reference: all of a row's add up to its answer
    minus the reference's average answer. ``error`` is its standard error from sampling, 0 where every
    coalition of columns was asked for.
    """

    feature: str
    value: Value
    contribution: float
    error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One column that would be another."""

    feature: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """A row that differs in few columns, and is decided otherwise: that was asked of the model.

    Parameters
    ----------
    output, decision
        The model's answer to it.
    distance
        Σ over the changed columns: a number's step in units of the reference's interquartile range, 1 for a
        category.
    nearest
        Mean over all columns of the distance to the most similar row of the reference.
    plausible
        Whether that is no more than rows of the reference are apart (their 95th percentile), or than the
        explained row itself is.
    """

    changes: tuple[Change, ...]
    output: float
    decision: str
    distance: float
    nearest: float
    plausible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a local surrogate says of one column: by how much the answer moves with it.

    For a number: for one interquartile range more; for a category: for any other than this row's.
    """

    feature: str
    weight: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogate:
    """A linear model that answers much as the model does near one row, in the manner of LIME.

    ``fit`` is its R² on neighbours that it was not fitted on: 1 is perfect; at or below 0 it says nothing of
    the model. ``n`` counts the neighbours that it was fitted on.
    """

    fit: float
    n: int
    weights: tuple[Weight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExplanation:
    """Why a version answered to one row as it did.

    Parameters
    ----------
    digest
        SHA-256 of the version's files, as they were asked.
    output_of
        What the numbers are: "score of 1", say, or "prediction".
    output, base
        The answer to the row, and the average answer to the reference's rows.
    decision
        The class that was decided for; None of a regression.
    reasons
        The strongest first; they add up to ``output`` − ``base``.
    method
        How the reasons were found, in a sentence.
    n_background, n_asked
        Reference rows that stand for "this column is not known"; how often the model was asked.
    why_no_counterfactuals, why_no_surrogate
        Set where there are none.
    immutable
        Columns that no counterfactual may change.
    threshold
        The score from which production decides for the positive class, as its logs show; None: as the model
        does.
    """

    model: str
    version: str
    digest: str
    output_of: str
    output: float
    base: float
    decision: str | None
    reasons: tuple[Reason, ...]
    method: str
    n_background: int
    n_asked: int
    counterfactuals: tuple[Counterfactual, ...] = ()
    why_no_counterfactuals: str = ""
    surrogate: Surrogate | None = None
    why_no_surrogate: str = ""
    immutable: tuple[str, ...] = ()
    threshold: float | None = None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One decision that put a version into production: who asked, who agreed, when, and what was written.

    ``approvals`` is a sentence for each who stood for it; ``ledger_seq`` the entry that recorded the request.
    """

    kind: str
    actor: str
    at: datetime
    reason: str
    approvals: tuple[str, ...] = ()
    action: str | None = None
    ledger_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One prediction, explained to whom it concerns: inputs, output, reasons, version, approvals.

    Parameters
    ----------
    row, predicted_at
        The row's id, and its event time where it has one.
    inputs
        The model's inputs as they were logged.
    logged
        What production answered, as it was logged: column → value.
    agrees
        Whether the model answers now what was logged; None where nothing comparable was.
    behind
        The decisions that put the version into production, oldest first.
    job
        The job that computed it.
    kept_at
        Since when it is kept with the decision, as it was then; None where it is not.
    """

    row: str
    predicted_at: datetime | None
    inputs: Mapping[str, Value]
    logged: Mapping[str, Value] = field(default_factory=dict)
    agrees: bool | None
    local: LocalExplanation
    behind: tuple[Behind, ...] = ()
    job: str
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """How much one column matters, with its 95 % interval."""

    feature: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalExplanation:
    """What a version leans on, over many rows.

    Parameters
    ----------
    permutation
        By how much the model gets worse where one column is shuffled, the most important first; intervals
        over the repeats.
    measured_by
        What "worse" is: "roc_auc", "log_loss", "accuracy" or "mae"; "output" where no rows have labels: then
        by how much the answer moves.
    baseline
        That measure with nothing shuffled; 0 for "output".
    shap
        Mean |Shapley value| over ``n_shap`` rows, the most important first; intervals over the rows.
    rows_of
        Where the rows are from: "current" or "reference".
    """

    model: str
    version: str
    digest: str
    made_at: datetime
    output_of: str
    n_rows: int
    rows_of: str
    rows_from: datetime | None = None
    rows_until: datetime | None = None
    permutation: tuple[Importance, ...] = ()
    measured_by: str
    baseline: float
    n_repeats: int
    shap: tuple[Importance, ...] = ()
    n_shap: int
    n_background: int
