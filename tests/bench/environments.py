"""The peers' environments: one of its own for each, made once, with the versions named here."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A library to measure against: its packages, why any is not the library itself, and its module."""

    name: str
    packages: tuple[str, ...]
    module: str
    note: str = ""

    @property
    def version(self) -> str:
        return self.packages[0].partition("==")[2]


EVIDENTLY = Peer(
    name="Evidently",
    packages=("evidently==0.7.23", "pandas<3.1"),
    module="evidently",
    note="reads pandas' inner parts, which 3.1 moved",
)
NANNYML = Peer(
    name="NannyML",
    packages=("nannyml==0.13.1", "statsmodels"),
    module="nannyml",
    note="imports statsmodels without requiring it",
)
WHYLOGS = Peer(
    name="whylogs",
    packages=("whylogs[viz]==1.6.4", "pandas<3", "pyarrow"),
    module="whylogs",
    note="its drift scores need pandas before 3",
)
PEERS = (EVIDENTLY, NANNYML, WHYLOGS)


def cache_folder() -> Path:
    """Where environments and rows are kept: outside the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TRIMTAB_BENCH_CACHE") or Path(base) / "trimtab-bench")


def python_of(peer: Peer, folder: Path) -> Path | str:
    """Return a peer's Python, installing it where it is not there yet, or the reason why there is none."""
    home = folder / "environments" / f"{peer.module}-{sys.version_info.major}.{sys.version_info.minor}"
    python, wanted = home / "bin" / "python", "\n".join(peer.packages)
    done = home / "installed"
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return python
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [str(python), "-m", "pip", "install", "-q", *peer.packages],
        [str(python), "-c", f"import {peer.module}"],
    )
    for step in steps:
        ran = subprocess.run(step, capture_output=True, text=True, check=False)
        if ran.returncode:
            reason = (ran.stderr.strip() or ran.stdout.strip() or "no message").splitlines()[-1]
            return f"cannot be installed: {reason}"
    done.write_text(wanted, encoding="utf-8")
    return python
