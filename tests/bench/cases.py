"""What a tool is asked to judge, and what it answers: files of JSON between this process and its own.

Standard library only: it runs in every peer's environment.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Case:
    """Two files of equally large windows in order; ``label`` and so on are empty where there is none."""

    name: str
    reference: str
    current: str
    rows: int
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    label: str = ""
    prediction: str = ""
    score: str = ""
    segment: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was flagged, window by window: columns by name, "performance" for any measure of it.

    ``incidents`` is the first window of each incident, None for tools that know none. ``dataset`` says in
    which windows a tool calls the whole data set drifted, None for tools that do not.
    """

    flagged: list[list[str]]
    incidents: list[int] | None = None
    dataset: list[bool] | None = None


def write_cases(cases: list[Case], path: Path) -> None:
    path.write_text(json.dumps([asdict(case) for case in cases]), encoding="utf-8")


def read_answers(text: str) -> dict[str, Answer]:
    """Return the answers by case; cases for which there was no time are left out."""
    return {name: Answer(**told) for name, told in json.loads(text.strip().splitlines()[-1]).items()}


def run(judge: Callable[[Case], Answer]) -> None:
    """Judge the cases of a file in order, as many as the seconds given allow, and print the answers."""
    path, seconds = Path(sys.argv[1]), float(sys.argv[2])
    end = time.monotonic() + seconds
    answers = {}
    for told in json.loads(path.read_text(encoding="utf-8")):
        if time.monotonic() > end:
            break
        case = Case(**told)
        answers[case.name] = asdict(judge(case))
    sys.stdout.write("\n" + json.dumps(answers) + "\n")
