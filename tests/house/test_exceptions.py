"""A broad ``except`` hides the next fault, so two places in the whole product may have one."""

import ast
from collections import Counter

from tests.house.project import PACKAGES, name_of, sources, tree

LAST_RESORTS = {
    "core/server/heartbeat.py": 1,
    "core/server/supervisor.py": 1,
    # A block of models that meets anything is gone through one by one, where it is raised again.
    "core/cycle.py": 1,
    # A stranger's model, asked in a child process, may raise anything: that is a finding.
    "core/validation/scoring.py": 1,
}
BROAD = {"BaseException", "Exception"}


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches everything and keeps it; one that raises it again is no last resort.

    >>> text = "try: x\\nexcept (OSError, Exception): y\\ntry: x\\nexcept BaseException: y; raise"
    >>> [is_broad(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler)]
    [True, False]
    """
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    if handler.type is None:
        return True
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in BROAD for kind in named)


def test_only_the_last_resorts_catch_everything() -> None:
    found = Counter(
        name_of(path)
        for path in sources(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    )
    assert not found - Counter(LAST_RESORTS)


def test_nothing_is_swallowed_without_a_word() -> None:
    silent = [
        f"{name_of(path)}:{step.lineno}"
        for path in sources(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        for step in node.body
        if isinstance(step, ast.Pass)
        and "#" not in path.read_text(encoding="utf-8").splitlines()[step.lineno - 1]
    ]
    assert not silent, "say beside the pass why nothing is to be done"
