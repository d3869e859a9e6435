"""Gates over the API and on the command line: the same answers, exit codes, JUnit, and dry runs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.client import Client
from core.client.transports import InProcess
from core.errors import Conflict, InvalidInput, NotFound
from core.job import JobStatus
from core.server.app import create_app
from core.server.identity import operating_user
from tests.loans import DAY_0, rows
from tests.unit.validation.conftest import Gated

STRICT = "policy: strict\nextends: default\ngates: {latency: {max: 1}}\n"


@pytest.fixture
def client(gated: Gated) -> Iterator[Client]:
    app = create_app(gated.trimtab, token="t")
    with Client(InProcess(app, closing=lambda: None), token="t") as client:
        yield client


@pytest.fixture
def run(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = create_app(gated.trimtab, token="t")
    monkeypatch.setattr(
        "core.client.connect", lambda *_, **__: Client(InProcess(app, closing=lambda: None), token="t")
    )

    def called(*arguments: str | Path) -> Result:
        root = str(gated.trimtab.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*map(str, arguments), "--workspace", root], prog_name="trimtab")

    return called


# ---------------------------------------------------------------- over the wire


def test_a_standing_survives_the_wire(gated: Gated, client: Client) -> None:
    assert client.gates("loans", "2") == gated.trimtab.gatekeeper.standing("loans", "2")
    gated.validate("2")
    standing = client.gates("loans", "2")
    assert standing == gated.trimtab.gatekeeper.standing("loans", "2")
    assert (standing.passes, standing.champion) == (True, "1")
    with pytest.raises(NotFound):
        client.gates("loans", "99")
    with pytest.raises(NotFound):
        client.gates("nowhere", "1")


def test_a_validation_is_asked_for_once_while_nothing_changed(gated: Gated, client: Client) -> None:
    job = client.validate("loans", "2")
    assert (job.kind, job.status, client.validate("loans", "2").id) == (
        "validation",
        JobStatus.QUEUED,
        job.id,
    )
    assert client.gates("loans", "2").open_job == job.id
    assert client.validate("loans", "3").id != job.id
    with pytest.raises(NotFound):
        client.validate("loans", "99")


def test_a_waiver_over_the_wire_is_the_callers(gated: Gated, client: Client) -> None:
    gated.validate("2", [one for one in gated.facts if one.metric != "size"])
    # The wire's clock is the machine's: an end is given as a time of the workspace.
    until = gated.clock.now().replace(day=5)
    waiver = client.waive("loans", "2", "size", reason="looked at", until=until)
    assert (waiver.actor, waiver.gate, waiver.until) == (operating_user(), "size", until)
    assert gated.trimtab._state.candidates.waivers("local", "loans", "2") == [waiver]
    assert client.gates("loans", "2").passes
    with pytest.raises(Conflict, match="does not stand in the way"):
        client.waive("loans", "2", "latency", reason="looked at", until=until)
    with pytest.raises(InvalidInput):
        client.waive("loans", "2", "size", reason="looked at", until="soon")


def test_a_promotion_that_gates_refuse_says_so_to_everybody(gated: Gated, client: Client, run: Any) -> None:
    refused = client.promote("loans", "2", reason="better")
    said = run("promote", "loans", "2", "--reason", "better", "--json", "--no-validate", "--yes")
    receipt = json.loads(said.stdout) if said.exit_code in {0, 1} else {}
    assert {gate.rule for gate in refused.gates if gate.blocks} == gated.blocking("2")
    if receipt:
        assert {one["rule"] for one in receipt["gates"] if one["blocks"]} == gated.blocking("2")
    assert gated.champion == "1"


# ---------------------------------------------------------------- commands


def test_the_gate_command_ends_with_1_where_a_gate_blocks(gated: Gated, run: Any) -> None:
    said = run("gate", "loans", "2", "--no-validate", "--json")
    document = json.loads(said.stdout)
    assert (said.exit_code, document["passes"], document["findings"]) == (1, False, None)
    gated.validate("2")
    said = run("gate", "loans", "2", "--json")
    document = json.loads(said.stdout)
    assert (said.exit_code, document["passes"]) == (0, True), said.output
    told = run("gate", "loans", "2", "--no-validate")
    assert told.stdout.splitlines()[0] == gated.trimtab.gatekeeper.standing("loans", "2").sentence
    assert all("● PASS" in line for line in told.stdout.splitlines()[1:])
    assert run("gate", "loans", "99", "--no-validate").exit_code not in {0, 1}


def test_waive_takes_a_name_a_reason_and_an_end(gated: Gated, run: Any) -> None:
    gated.validate("2", [one for one in gated.facts if one.metric != "size"])
    until = "2026-10-05"
    refused = run("waive", "loans", "2", "size", "--reason", " ", "--until", until)
    assert refused.exit_code not in {0, 1}
    said = run("waive", "loans", "2", "size", "--reason", "small anyway", "--until", until, "--json")
    document = json.loads(said.stdout)
    assert (said.exit_code, document["gate"], document["reason"]) == (0, "size", "small anyway")
    told = run("gate", "loans", "2", "--no-validate")
    assert told.exit_code == 0
    assert "◐ WAIVED" in told.stdout
    assert "waived by" in told.stdout


def cases(file: Path) -> tuple[dict[str, str], dict[str, ET.Element]]:
    suite = ET.parse(file).getroot()
    found = {case.attrib["name"].split(". ")[1]: case for case in suite}
    return suite.attrib, found


def test_junit_tells_ci_what_failed_what_is_missing_and_what_is_waived(
    gated: Gated, run: Any, tmp_path: Path
) -> None:
    facts = [
        replace(one, value=9999.0) if one.metric == "size" else one
        for one in gated.facts
        if one.metric not in {"latency_p95", "signature_compatible"}
    ]
    gated.validate("2", facts)
    gated.waive("2", "inputs")
    file = tmp_path / "out" / "gates.xml"
    assert run("gate", "loans", "2", "--no-validate", "--junit", file).exit_code == 1
    suite, found = cases(file)
    assert suite["name"] == "trimtab gates of loans 2"
    counts = {name: int(suite[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": len(found), "failures": 1, "errors": 1, "skipped": 1}
    kinds = {name: next(iter(case)).tag for name, case in found.items()}
    assert (kinds["size"], kinds["latency"], kinds["inputs"]) == ("failure", "error", "skipped")
    assert {kind for name, kind in kinds.items() if name not in {"size", "latency", "inputs"}} == {
        "system-out"
    }
    assert "fails by 7,999.0 MB" in found["size"][0].attrib["message"]


def test_junit_is_xml_whatever_a_model_says(gated: Gated, run: Any, tmp_path: Path) -> None:
    note = 'it raises ValueError: \x1b[31m<&">\x00\ud800'.encode("utf-8", "replace").decode()
    facts = [replace(one, value=0.0, note=note) if one.metric == "loads" else one for one in gated.facts]
    gated.validate("2", facts)
    assert run("gate", "loans", "2", "--no-validate", "--junit", tmp_path / "g.xml").exit_code == 1
    message = cases(tmp_path / "g.xml")[1]["loads"][0].attrib["message"]
    assert 'it raises ValueError: \ufffd[31m<&">\ufffd' in message


def test_a_junit_file_that_cannot_be_written_is_no_pass(gated: Gated, run: Any, tmp_path: Path) -> None:
    gated.validate("2")
    (tmp_path / "file").write_text("")
    assert run("gate", "loans", "2", "--no-validate", "--junit", tmp_path / "file" / "g.xml").exit_code > 1


# ---------------------------------------------------------------- policies


def test_policy_check_says_what_is_asked_or_all_that_is_wrong(run: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(STRICT)
    bad.write_text(
        "policy: bad\nextends: default\ngates: {a: {metric: accuracy}, b: {metric: luck, min: 1}}\n"
    )
    said = run("policy", "check", good, "--json")
    document = json.loads(said.stdout)
    assert (said.exit_code, document["ok"], document["policy"]) == (0, True, "strict")
    assert "parity_kept" in document["gates"]
    said = run("policy", "check", bad, "--json")
    document = json.loads(said.stdout)
    assert (said.exit_code, document["ok"]) == (1, False)
    assert {one["field"] for one in document["problems"]} == {"gates.a", "gates.b.metric"}
    assert "■" in run("policy", "check", bad).stdout
    assert run("policy", "check", tmp_path / "none.yaml").exit_code != 0


def test_a_dry_run_holds_the_promotions_of_the_past_to_another_policy(
    gated: Gated, client: Client, run: Any, tmp_path: Path
) -> None:
    """Four promotions: never validated, two validated and slow, one against another than the champion."""
    for version, changes in (("9", None), ("2", {}), ("3", {}), ("4", {"against": "1"})):
        gated.clock.at += timedelta(minutes=1)
        if changes is not None:
            gated.validate(version, **changes)
        gated.promote(version)
    before = gated.records("action.asked")
    since = DAY_0
    kept = client.dry_run("policy: same\nextends: default\n", since)
    assert [(one.version, one.blocked, one.validated) for one in kept.cases] == [
        ("9", True, False),
        ("2", False, True),
        ("3", False, True),
        ("4", True, True),
    ]
    assert kept.sentence == (
        "Since 2026-09-01 it would have blocked 2 of 4 promotions, 1 of them for want of a validation."
    )
    strict = client.dry_run(STRICT, since)
    assert len(strict.blocked) == 4
    assert client.dry_run("policy: none\nextends: default\ngates: false\n", since).blocked == ()
    file = tmp_path / "strict.yaml"
    file.write_text(STRICT)
    said = run("policy", "dry-run", file, "--since", "2026-09-01", "--json")
    document = json.loads(said.stdout)
    assert (said.exit_code, document["blocked"], document["promotions"]) == (0, 4, 4)
    told = run("policy", "dry-run", file, "--since", "2026-09-01").stdout
    assert told.splitlines()[0] == strict.sentence
    assert "fails by 2.0 ms" in told
    assert gated.records("action.asked") == before
    with pytest.raises(InvalidInput):
        client.dry_run("policy: bad\nextends: default\ngates: 3\n", since)


def test_a_dry_run_looks_at_rows_as_they_were_when_it_was_asked(gated: Gated, client: Client, file) -> None:
    gated.validate("2")
    asked = gated.clock.now()
    gated.promote("2")
    gated.trimtab.ingest("loans", file(rows(200, 1, n=50)), kind="predictions")
    found = client.dry_run("policy: same\nextends: default\n", asked)
    assert [one.blocked for one in found.cases] == [False]


def test_a_preview_of_a_roll_back_begins_no_work_and_says_what_was_not_tried(gated: Gated, run: Any) -> None:
    before = gated.trimtab.ledger.newest()
    done = run("rollback", "loans", "--to", "2", "--preview")
    assert "Whether it loads was not tried: --validate tries it, on record." in done.stdout
    assert gated.trimtab.ledger.newest() == before
    assert gated.trimtab.jobs.every() == []
    gated.validate("2")
    assert "It loads: " in run("rollback", "loans", "--to", "2", "--preview").stdout
