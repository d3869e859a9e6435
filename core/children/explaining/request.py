"""What an explaining child is given and hands back, and the names of the files in its folder."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from core.domain import Task
from core.explain import GlobalExplanation, LocalExplanation

REQUEST, ROWS, BACKGROUND, MODEL = "request.json", "rows.parquet", "background.parquet", "model"
OUTPUT = "explanation.json"
LABEL = "\x00label"
"""Column of the rows beside the features; the same that a validation's rows have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to explain: the only row in the file, or, ``overall``, the model by all of them.

    Parameters
    ----------
    digest
        SHA-256 of the model's files.
    positive, negative
        Both classes of a binary model, as its logs name them; the score is of the first.
    threshold
        Score from which production decides for the positive class; None: as the model does.
    numeric, categorical
        The columns that are explained.
    immutable
        Those that no counterfactual may change.
    has_labels
        Whether the rows have some.
    seed
        What samples are drawn from.
    """

    model: str
    version: str
    digest: str
    task: Task
    positive: str | None = None
    negative: str | None = None
    threshold: float | None = None
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    immutable: tuple[str, ...] = ()
    overall: bool = False
    has_labels: bool = False
    rows_of: str = "current"
    rows_from: datetime | None = None
    rows_until: datetime | None = None
    made_at: datetime
    seed: int = 0


REQUESTS = TypeAdapter(Request)
LOCAL = TypeAdapter(LocalExplanation)
OVERALL = TypeAdapter(GlobalExplanation)
