"""Fixtures that every test may use: the published data sets and a browser."""

import gc
import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from core.store import connection
from tests import templates

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent

# MLflow starts a thread that reports its use, where a test imports it by itself.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

# One example stream for everyone: a failure seen in CI is a failure seen at the desk.
settings.register_profile(
    "trimtab", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("trimtab")

# Chromium offers itself to the network at start; none of that is wanted here.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_finish() -> None:
    """What stands when all tests are known stays to the end: the collector need not look for it each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def copied_stores() -> Iterator[None]:
    """New stores are copies of migrated ones; see :mod:`tests.templates`."""
    with pytest.MonkeyPatch.context() as patch:
        templates.use_copies(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_cores() -> Iterator[None]:
    """Where several workers run, the stores of each count with one thread: their statements are short."""
    with pytest.MonkeyPatch.context() as patch:
        if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
            patch.setitem(connection._SETTINGS, "threads", 1)
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published data sets beside the project; they are never part of it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the published data sets (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def spark() -> None:
    """Spark with Java: skipped where they are not, but never in CI, which installs both."""
    missing = [
        what
        for what, found in (("Java", shutil.which("java")), ("pyspark", find_spec("pyspark")))
        if found is None
    ]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI has no {' and no '.join(missing)}: .ci/run installs them")
    if missing:
        pytest.skip(f"no {' and no '.join(missing)} on this machine: see docs/sources.md")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of Chromium: skipped where there is none, but never in CI, which installs it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium: .ci/run installs Debian's package")
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> "Iterator[Browser]":
    """A headless Chromium, one a module; open a new context per test.

    Its driver keeps an event loop running in this thread: other modules need their own.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
