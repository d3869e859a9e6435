"""Train a version again, as it was trained then, and hand back its figures alone: no model is kept.

Input as of :mod:`core.children.candidate`, and ``given.json``, what is known beforehand. Output:
``reproduction.json``, the same with the report.
"""

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.children import candidate

if TYPE_CHECKING:
    from core.children.runner import Say, Task

GIVEN, OUTPUT = "given.json", "reproduction.json"
_OWN = frozenset({"entry", "project"})


def run(folder: Path, say: "Say") -> None:
    """Train again and measure.

    Raises
    ------
    Unavailable
        It cannot be trained with what there is.
    InvalidInput
        The model that it starts from cannot be loaded, or the rows lack one of its inputs.
    """
    way = candidate.begin(folder).way
    task = cast("Task", import_module(f"core.children.{way if way in _OWN else 'refit'}"))
    task.run(folder, say)
    report = candidate.read_report(folder / candidate.OUTPUT)
    given = json.loads((folder / GIVEN).read_text(encoding="utf-8"))
    part = folder / f"{OUTPUT}.part"
    part.write_text(json.dumps(given | {"report": asdict(report)}), encoding="utf-8")
    part.replace(folder / OUTPUT)
