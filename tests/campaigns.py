"""More of what a slow test looks at: left out of CI, run by ``make campaign``."""

from collections.abc import Sequence
from typing import Any

import pytest


def more(*values: Any) -> list[Any]:
    """Return values of a parameter, or tuples of several parameters, for the campaign only."""
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.campaign)
        for value in values
    ]


def every_other(values: Sequence[Any]) -> list[Any]:
    """Return values of a parameter, every second one for the campaign only."""
    return [*values[::2], *more(*values[1::2])]
