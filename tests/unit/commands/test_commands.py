"""The commands: what they print, what they ask, and their exit codes."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from core import cli, wire
from core.client import Client
from core.client.transports import InProcess
from core.domain import Status
from core.errors import Conflict, Unavailable
from core.receipts import IngestReceipt, Notice, WatchReceipt
from core.server.app import create_app
from core.trimtab import Trimtab
from tests.fake_trimtab import INCIDENT, MEASUREMENT, MODEL, VERDICT, FakeTrimtab, Unexpected
from tests.made_change import CHANGE


@dataclass
class Terminal:
    """Runs commands on a workspace whose facade is a fake."""

    trimtab: FakeTrimtab

    def __call__(self, *arguments: str | Path) -> Result:
        root = str(self.trimtab.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*map(str, arguments), "--workspace", root], prog_name="trimtab")

    def json(self, *arguments: str | Path) -> Any:
        done = self(*arguments, "--json")
        assert done.exit_code in (0, 1, 2), done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def trimtab(tmp_path: Path) -> FakeTrimtab:
    return FakeTrimtab.at(tmp_path / "w")


@pytest.fixture
def terminal(trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    def connect(*_: object, **__: object) -> Client:
        app = create_app(cast("Trimtab", trimtab), token="t")
        return Client(InProcess(app, closing=trimtab.close), token="t")

    monkeypatch.setattr("core.client.connect", connect)
    return Terminal(trimtab)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text("id\n1\n")
    return file


# -------------------------------------------------------------------- the list of commands


def test_every_command_loads_and_takes_the_common_options() -> None:
    within = {
        "ledger": ["verify", "export", "anchor", "rotate-key"],
        "token": ["create", "list", "revoke"],
        "maintenance": ["add", "list", "end"],
        "session": ["list", "revoke"],
        "policy": ["check", "dry-run"],
        "finding": ["list", "open", "close"],
        "form": ["fill", "show", "accept"],
        "inventory": ["list", "add", "remove"],
    }
    for name in cli.COMMANDS:
        for words in [[name, word] for word in within.get(name, [])] or [[name]]:
            shown = CliRunner().invoke(cli.main, [*words, "--help"])
            assert shown.exit_code == 0, words
            for option in ("--workspace", "--json", "--debug"):
                assert option in shown.output, words


def test_help_and_commands_import_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from core.cli import main;"
        "CliRunner().invoke(main, ['--help']);"
        "heavy = {'httpx', 'fastapi', 'duckdb', 'mlflow', 'pydantic', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_change_is_told_before_its_tables(terminal: Terminal) -> None:
    said = terminal("change", "churn").stdout
    assert said.startswith(f"{CHANGE.sentence}\n\n3,204 of 3,900 rows")
    assert "channel = partner" in said
    assert "region = north  0.86    0.76 [0.73, 0.79]  1,204" in said


def test_an_unknown_command_is_wrong_use() -> None:
    assert CliRunner().invoke(cli.main, ["polish"]).exit_code == 2


# -------------------------------------------------------------------- JSON as the contract says


def test_each_command_prints_its_object(terminal: Terminal, rows: Path) -> None:
    spec = rows.with_name("spec.yaml")
    spec.write_text("model: churn\n")
    assert terminal.json("models") == [wire.model_object(MODEL)]
    assert terminal.json("watch", spec, "--reference", rows) == {
        "model": "churn",
        "reference": {"rows": 2, "windows": 1},
        "notices": [],
    }
    assert terminal.json("monitor") == {"windows": 2, "verdicts": {"PASS": 3, "FAIL": 1}, "incidents": 1}
    assert terminal.json("measurements", "churn")[0] == wire.measurement_object(MEASUREMENT)
    assert terminal.json("verdicts", "churn", "--since", "30d") == [wire.verdict_object(VERDICT)]
    assert set(terminal.json("compare", spec, rows, rows)) == {"measurements", "verdicts"}
    assert set(terminal.json("fairness", "churn", "--by", "a, b")) == {"measurements", "verdicts"}
    windows = ("--windows", "0..7", "--version", "2", "--class", "gold")
    assert set(terminal.json("fairness", "churn", "--by", "a", *windows)) == {"measurements", "verdicts"}
    assert terminal.json("change", "churn", "--from", "3", "--to", "7") == wire.change_object(CHANGE)
    assert terminal.json("incidents", "--open") == [wire.incident_object(INCIDENT)]
    assert terminal.json("ack", "inc1")["status"] == "acknowledged"
    assert terminal.json("snooze", "inc1", "--until", "2d")["status"] == "snoozed"
    assert terminal.json("resolve", "inc1", "--cause", "feed")["status"] == "resolved"
    assert terminal.json("quarantine", "churn")[0]["field"] == "timestamp"
    assert terminal.json("quarantine", "churn", "--retry")["accepted"] == 3


def test_measurements_pass_every_filter_on(terminal: Terminal) -> None:
    terminal.json(
        "measurements", "churn", "--metric", "ks", "--feature", "age", "--segment", "sex=f",
        "--segment", "race=B", "--since", "2026-11-01", "--exact", "--include-reference",
    )  # fmt: skip
    asked = terminal.trimtab.asked[-1][1][1]
    assert asked["segment"].as_dict() == {"sex": "f", "race": "B"}
    assert (asked["metric"], asked["feature"], asked["exact"], asked["include_reference"]) == (
        "ks",
        "age",
        True,
        True,
    )


def test_several_files_are_one_receipt(terminal: Terminal, rows: Path) -> None:
    terminal.trimtab.receipt = IngestReceipt(accepted=1, quarantined=2, duplicate=0, reasons={"id": 2})
    done = terminal("ingest", "churn", rows, rows, "--json")
    assert json.loads(done.stdout) == {
        "accepted": 2,
        "quarantined": 4,
        "duplicate": 0,
        "reasons": {"id": 4},
        "notices": [],
    }
    assert done.stderr.count("rows.csv") == 2
    assert done.exit_code == 0
    assert [call[1][4] for call in terminal.trimtab.asked] == ["predictions", "predictions"]


def test_labels_are_sent_as_labels(terminal: Terminal, rows: Path) -> None:
    terminal.json("ingest", "churn", rows, "--labels")
    assert terminal.trimtab.asked[0][1][4] == "labels"


def test_the_policy_file_of_a_spec_is_sent_along(terminal: Terminal, rows: Path) -> None:
    spec = rows.with_name("spec.yaml")
    spec.write_text("model: churn\npolicy: strict.yaml\n")
    assert terminal("watch", spec).exit_code == 2
    rows.with_name("strict.yaml").write_text("rules: []\n")
    terminal.json("watch", spec, "--create")
    assert terminal.trimtab.asked[-1][1][2:] == ("rules: []\n", True)


# -------------------------------------------------------------------- for people


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["models"], ["■ critical", "churn", "retention", "ROC AUC fell"]),
        (
            ["measurements", "churn"],
            ["roc_auc", "0.96 [0.95, 0.97]", "– (no labels yet)", "4 → 2026-11-19 09:00"],
        ),
        (["verdicts", "churn"], ["FAIL", "fails by 0.003", "abc123"]),
        (["incidents"], ["critical", "inc1", "ROC AUC fell"]),
        (["monitor"], ["2 windows judged: 1 FAIL, 3 PASS; 1 open incident."]),
        (["quarantine", "churn"], ["timestamp", "'x' is not a time", "write ISO 8601"]),
        (["ack", "inc1"], ["Incident inc1 of churn is acknowledged."]),
    ],
)
def test_people_read_tables_and_sentences(terminal: Terminal, arguments: list[str], words: list[str]) -> None:
    done = terminal(*arguments)
    assert done.exit_code == 0
    for word in words:
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["incidents"], "No incidents.\n"), (["incidents", "--open"], "No open incidents.\n")],
)
def test_no_incidents_says_nothing_about_health(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr(FakeTrimtab, "incidents", lambda self, *, open_only: [])
    assert terminal(*arguments).stdout == said


# -------------------------------------------------------------------- exit codes


def test_verdicts_are_listed_by_status(terminal: Terminal) -> None:
    assert terminal.json("verdicts", "churn", "--status", "fail", "--status", "WARN") == [
        wire.verdict_object(VERDICT)
    ]
    assert terminal.trimtab.asked[-1] == ("verdicts", ("churn", None, [Status.FAIL, Status.WARN]))
    assert terminal("verdicts", "churn", "--status", "PASS").stdout == "No verdict of churn is PASS.\n"
    wrong = terminal("verdicts", "churn", "--status", "RED")
    assert (wrong.exit_code, "not one of" in wrong.stderr) == (2, True)


def test_notices_stand_on_stderr_and_in_the_object(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, rows: Path
) -> None:
    notice = Notice(field="columns.score", column="p", message="is not there", remedy="add it")
    sentence = "columns.score: 'p' is not there (add it)."
    terminal.trimtab.receipt = IngestReceipt(accepted=3, quarantined=0, duplicate=0, notices=(notice,))
    done = terminal("ingest", "churn", rows)
    assert (done.exit_code, done.stderr) == (0, f"Note: {sentence}\n")
    assert done.stdout == "3 rows accepted, 0 quarantined, 0 duplicate.\n"
    several = terminal("ingest", "churn", rows, rows, "--json")
    assert several.stderr.count(f"Note: {rows}: {sentence}") == 2
    assert json.loads(several.stdout)["notices"] == [wire.notice_object(notice)]
    spec = rows.with_name("spec.yaml")
    spec.write_text("model: churn\n")
    watched = WatchReceipt(model="churn", reference_rows=2, reference_windows=1, notices=(notice,))
    monkeypatch.setattr(FakeTrimtab, "watch", lambda self, *_, **__: watched)
    done = terminal("watch", spec, "--reference", rows)
    assert (done.exit_code, done.stderr) == (0, f"Note: {sentence}\n")
    assert done.stdout == "Watching churn: 2 reference rows in 1 window.\n"


def test_all_rows_in_quarantine_is_bad_input(terminal: Terminal, rows: Path) -> None:
    terminal.trimtab.receipt = IngestReceipt(accepted=0, quarantined=4, duplicate=0, reasons={"id": 4})
    assert terminal("ingest", "churn", rows).exit_code == 2
    terminal.trimtab.receipt = IngestReceipt(accepted=0, quarantined=4, duplicate=1, reasons={"id": 4})
    assert terminal("ingest", "churn", rows).exit_code == 0


def test_compare_answers_negatively_by_its_exit_code(terminal: Terminal, rows: Path) -> None:
    spec = rows.with_name("spec.yaml")
    spec.write_text("model: churn\n")
    assert terminal("compare", spec, rows, rows).exit_code == 1


@pytest.mark.parametrize(
    ("fails", "code", "words"),
    [
        (Conflict("It is so", hint="Do this."), 2, ["Error: It is so.", "Hint: Do this."]),
        (Unavailable("The store", "locked"), 3, ["Error: The store is not available: locked."]),
        (Unexpected("inside"), 3, ["Something unexpected"]),
    ],
)
def test_a_failure_is_a_sentence_a_hint_and_a_code(
    terminal: Terminal, fails: Exception, code: int, words: list[str]
) -> None:
    terminal.trimtab.fails = fails
    done = terminal("models")
    assert done.exit_code == code
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" in terminal("models", "--debug").stderr
    assert json.loads(terminal("models", "--json").stdout)["error"]["message"]


@pytest.mark.parametrize(
    ("where", "raised", "code"),
    [("core.client.connect", KeyboardInterrupt, 130), ("core.client.connect", ZeroDivisionError, 3)],
)
def test_interruptions_and_defects_of_our_own_end_orderly(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, where: str, raised: type[BaseException], code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(where, fail)
    done = terminal("models")
    assert done.exit_code == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [["measurements", "churn", "--segment", "sex"], ["verdicts", "churn", "--since", "soon"]]
)
def test_wrong_values_are_bad_input(terminal: Terminal, arguments: list[str]) -> None:
    assert terminal(*arguments).exit_code == 2


# -------------------------------------------------------------------- workspaces


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments), prog_name="trimtab")


def test_init_makes_a_workspace_once(tmp_path: Path) -> None:
    root = str(tmp_path / "new")
    done = run("init", "--workspace", root, "--registry", "prod=https://ml.example/a=b", "--json")
    assert json.loads(done.stdout) == {"workspace": root}
    assert 'uri = "https://ml.example/a=b"' in (tmp_path / "new" / "trimtab.toml").read_text()
    assert run("init", "--workspace", root).exit_code == 2


@pytest.mark.parametrize("registries", [["prod"], ["=x"], ["prod="], ["a=x", "a=y"]])
def test_init_tells_wrong_registries(tmp_path: Path, registries: list[str]) -> None:
    asked = [part for registry in registries for part in ("--registry", registry)]
    done = run("init", "--workspace", str(tmp_path / "new"), *asked)
    assert done.exit_code == 2
    assert not (tmp_path / "new").exists()


def test_commands_without_a_workspace_say_how_to_make_one(tmp_path: Path) -> None:
    done = run("models", "--workspace", str(tmp_path))
    assert done.exit_code == 2
    assert "trimtab init" in done.stderr


def test_doctor_is_content(terminal: Terminal) -> None:
    found = terminal.json("doctor")
    assert found["ok"]
    assert {check["name"] for check in found["checks"]} == {"settings", "owner", "stores"}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: (root / "trimtab.toml").unlink(), ["■ settings", "trimtab init"]),
        (
            lambda root: (root / "trimtab.toml").write_text("[control]\nmonitor = 3\n"),
            ["did you mean 'monitor_every_s'?"],
        ),
    ],
)
def test_doctor_says_what_is_wrong(
    terminal: Terminal, spoil: Callable[[Path], Any], words: list[str]
) -> None:
    spoil(terminal.trimtab.settings.workspace.root)
    done = terminal("doctor")
    assert done.exit_code == 1
    for word in words:
        assert word in done.stdout


def test_doctor_explains_a_silent_owner(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> AbstractContextManager[None]:
        raise Unavailable("The workspace", "process 7 holds it", hint="Wait until it is done.")
        return nullcontext()

    monkeypatch.setattr("core.client.connect", silent)
    done = terminal("doctor")
    assert done.exit_code == 1
    assert "process 7 holds it" in done.stdout
    assert "→ Wait until it is done." in done.stdout
