"""The truth of the demo, and each story drawn, trained and scored once for the session."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import yaml

from core.demo.rows import DAY_S, Rows
from core.demo.stories import STORIES, Story
from core.demo.training import Scored, fitted, scored

SEED = 7


@dataclass(frozen=True)
class Told:
    """A story of one seed: its rows and the champion's answers, for the reference and for the 120 days."""

    story: Story
    reference: Rows
    reference_answers: Scored
    rows: Rows
    answers: Scored

    @property
    def day(self) -> np.ndarray:
        return (self.rows.event_s // DAY_S).astype(int)


@pytest.fixture(scope="session")
def truth(root) -> dict:
    return yaml.safe_load((root / "data" / "demo" / "truth.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tell() -> Callable[[str], Told]:
    @cache
    def told(name: str) -> Told:
        story = next(story for story in STORIES if story.name == name)
        kind = story.versions[story.champion - 1]
        champion = fitted(kind, story.task, story.features, story.training_rows(SEED))
        reference, rows = story.reference_rows(SEED), story.current_rows(SEED)
        return Told(
            story=story,
            reference=reference,
            reference_answers=scored(champion, reference, threshold=story.threshold),
            rows=rows,
            answers=scored(champion, rows, threshold=story.threshold),
        )

    return told
