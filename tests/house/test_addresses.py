"""Versions are pinned by name; where packages are downloaded from is the machine's business."""

import re

from packaging.requirements import Requirement

from tests.house.project import ROOT, name_of, tracked

# Put together here, so that this file does not hold what it looks for.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("py" + "pi", "org"),
        ("pythonhosted", "org"),
        ("npm" + "js", "org"),
        ("npm" + "js", "com"),
        ("yarnpkg", "com"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("deb.debian", "org"),
        ("crates", "io"),
        ("proxy.golang", "org"),
    )
]
LOCK_FILES = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "package-lock.json", "yarn.lock"}
BINARY = {".woff2", ".png", ".ico", ".parquet", ".arrow", ".zip"}


def test_no_file_names_a_package_registry() -> None:
    pattern = re.compile("|".join(map(re.escape, HOSTS)), re.IGNORECASE)
    found = [
        name_of(path)
        for path in tracked()
        if path.suffix not in BINARY and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


def test_there_is_no_lock_file_with_addresses() -> None:
    found = [
        name_of(path)
        for path in tracked()
        if path.name in LOCK_FILES or re.fullmatch(r"pylock(\..+)?\.toml", path.name)
    ]
    assert not found


def test_every_constraint_is_one_name_and_one_version() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            assert requirement.url is None, line
            assert [part.operator for part in requirement.specifier] == ["=="], line
