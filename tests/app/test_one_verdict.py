"""One verdict, read by its id over HTTP, printed by the command and shown on the page, is one verdict."""

import json
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from app import deps
from core import cli
from core.client import connect
from core.config import Workspace, create_workspace
from core.domain import Status, Verdict
from core.logs.upload import sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "workspace")
    trimtab = Trimtab(
        settings=create_workspace(made, {}),
        store=AnalyticsStore.open(made.analytics),
        state=StateStore.open(made.state),
        registries={"local": FakeRegistry()},
        clock=FixedClock(DAY_0 + timedelta(days=30)),
    )
    for name, table in (("before", rows(-8, 8)), ("after", rows(0, 3, n=600, shift=1.5))):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    trimtab.watch(SPEC, reference=sniff(tmp_path / "before.parquet"))
    trimtab.ingest("loans", sniff(tmp_path / "after.parquet"), kind="predictions")
    trimtab.monitor()
    trimtab.close()
    return made


def test_command_interface_and_page_tell_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = CliRunner().invoke(
        cli.main, ["verdicts", "loans", "--json", "--workspace", str(workspace.root)]
    )
    by_id = {one["id"]: one for one in json.loads(printed.stdout)}
    with connect(workspace, what="test") as client:
        verdict = worst_of_income(client.verdicts("loans"))
        assert client.verdict(verdict.id) == verdict
        monkeypatch.setattr(deps, "client", lambda: client)
        page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60).run()
        page.switch_page(str(ROOT / "pages" / "drift.py"))
        page.query_params["model"], page.query_params["feature"] = "loans", "income"
        page.run()
    command = by_id[verdict.id]
    assert command["value"] == verdict.measurement.value
    assert command["limit"] == {"low": verdict.limit.low, "high": verdict.limit.high}
    assert command["sentence"] == verdict.sentence
    shown = "\n".join(str(each.value) for each in [*page.markdown, *page.caption]).replace("\\", "")
    assert not page.exception
    assert verdict.sentence in shown


def worst_of_income(found: list[Verdict]) -> Verdict:
    """The drift verdict on income in the latest window, which the page shows first."""
    drift = [one for one in found if one.measurement.feature == "income" and one.status is Status.FAIL]
    return max(drift, key=lambda one: (one.measurement.window.index or 0, one.measurement.metric == "psi"))
