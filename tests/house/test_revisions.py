"""The state store's revisions are one chain: no two of them have the same number."""

import re

from tests.house.project import ROOT

FOLDER = ROOT / "core" / "store" / "alembic" / "versions"
SAID = re.compile(r'^(revision|down_revision) = (?:"(\d{4})"|None)$', re.MULTILINE)


def test_every_revision_follows_the_one_before_and_the_last_is_the_head() -> None:
    files = sorted(path for path in FOLDER.glob("v*.py"))
    said = [dict(SAID.findall(path.read_text(encoding="utf-8"))) for path in files]
    numbers = [f"{n:04d}" for n in range(1, len(files) + 1)]
    assert [path.name[1:5] for path in files] == numbers
    assert [one["revision"] for one in said] == numbers
    assert [one["down_revision"] for one in said] == ["", *numbers[:-1]]
    schema = (ROOT / "core" / "store" / "state_schema.py").read_text(encoding="utf-8")
    assert f'HEAD = "{numbers[-1]}"' in schema
