"""What a validation's child process is given, and the names of the files in its folder."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from core.candidate import Findings
from core.domain import Task
from core.spec import SegmentColumn

REQUEST, ROWS, OUTPUT = "request.json", "rows.parquet", "findings.json"
LIVE, REFERENCE = "live.parquet", "reference.parquet"
"""The newest rows, labelled or not, and the reference's: inputs, and of the latter the labels."""

CANDIDATE, CHAMPION = "candidate", "champion"
"""Folders of the two models' files; the second is absent where nothing is to be compared."""

LABEL, GROUP, EVENT_AT = "\x00label", "\x00group ", "\x00event"
"""Columns of the rows beside the features: their names cannot meet a feature's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to score, on which rows, and how answers become decisions.

    Parameters
    ----------
    problem, against_problem
        Why the files of a version could not be had; None where they lie in the folder.
    positive, negative
        Both classes of a binary model, as its logs name them; the score is of the first.
    classes
        Classes that have a score in the logs; of a binary model the positive one.
    threshold
        Score from which production decides for the positive class, as its logs show; None: as the model does.
    numeric, categorical
        The model's inputs.
    sensitive
        Columns whose groups are compared.
    cuts
        Ways to cut the rows into segments: one column, or two crossed ones.
    policy_digest
        Of the policy in force.
    seed
        What noise and resamples are drawn from.
    """

    model: str
    version: str
    against: str | None
    digest: str
    against_digest: str | None
    size_bytes: int
    problem: str | None = None
    against_problem: str | None = None
    task: Task
    positive: str | None = None
    negative: str | None = None
    classes: tuple[str, ...] = ()
    threshold: float | None = None
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    cuts: tuple[tuple[SegmentColumn, ...], ...] = ()
    has_labels: bool = False
    n_rows: int = 0
    rows_of: str = "current"
    rows_from: datetime | None = None
    rows_until: datetime | None = None
    why_no_rows: str = ""
    policy_digest: str = ""
    made_at: datetime
    seed: int = 0


REQUESTS = TypeAdapter(Request)
FINDINGS = TypeAdapter(Findings)
