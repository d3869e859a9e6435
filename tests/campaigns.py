"""More of what a slow test looks at: left out of CI, run by ``make campaign``."""

from typing import Any

import pytest


def more(*values: Any) -> list[Any]:
    """Return values of a parameter, or tuples of several parameters, for the campaign only."""
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.campaign)
        for value in values
    ]
