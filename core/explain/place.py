"""Where explanations lie in a workspace, and what names a row there: never its id."""

from hashlib import sha256

PLACE = "explanations"
"""Below the workspace; its files hold values of rows, and go with `trimtab erase` and `trimtab prune`."""

ROW_KIND = "explanation"
"""Kind of the jobs that explain one row."""


def row_digest(row: str) -> str:
    """Return what names a row in files and jobs: 24 hex digits.

    Examples
    --------
    >>> row_digest("L-1") == row_digest("L-1"), len(row_digest("L-1"))
    (True, 24)
    """
    return sha256(row.encode()).hexdigest()[:24]
