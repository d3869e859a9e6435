"""What is installed here is what constraints.txt pins: everything, in that version."""

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.project import ROOT


def pinned() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    listed = [Requirement(line) for line in lines if line and not line.startswith("#")]
    here = [pin for pin in listed if pin.marker is None or pin.marker.evaluate()]
    names = [canonicalize_name(pin.name) for pin in here]
    assert len(names) == len(set(names)), "one version of each for every Python"
    return dict(zip(names, here, strict=True))


def needed(name: str, extras: frozenset[str], found: set[tuple[str, frozenset[str]]]) -> None:
    """Collect in ``found`` what ``name`` brings in on this machine, itself included."""
    if (name, extras) in found:
        return
    found.add((name, extras))
    assert is_installed(name), f"{name} is not installed: pip install -c constraints.txt -e '.[test]'"
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        wanted = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker is None or any(requirement.marker.evaluate(extra) for extra in wanted):
            needed(canonicalize_name(requirement.name), frozenset(requirement.extras), found)


def extras_here() -> frozenset[str]:
    """The extras that are installed: that of Spark is large and may be left out."""
    return frozenset({"test", "spark"} if find_spec("pyspark") else {"test"})


def test_everything_that_trimtab_brings_in_is_pinned() -> None:
    found: set[tuple[str, frozenset[str]]] = set()
    needed("trimtab", extras_here(), found)
    names = {name for name, _ in found} - {"trimtab"}
    pins = pinned()
    assert not names - pins.keys(), "not pinned: see 'Renew the versions' in docs/CONTRIBUTING.md"
    for name in sorted(names):
        assert pins[name].specifier.contains(distribution(name).version), f"{name}: installed is not pinned"


def test_nothing_is_pinned_that_nobody_needs() -> None:
    found: set[tuple[str, frozenset[str]]] = set()
    needed("trimtab", extras_here(), found)
    idle = pinned().keys() - {name for name, _ in found}
    assert not {name for name in idle if is_installed(name)}


def is_installed(name: str) -> bool:
    """What is not installed is another Python's or platform's need, or that of an extra left out."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
