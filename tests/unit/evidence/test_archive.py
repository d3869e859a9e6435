"""The ZIP: it verifies without Trimtab by one file, and whatever is changed in it is found."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest
from click.testing import Result

from core.access.roles import Right
from core.adapters.process_executor import ProcessExecutor
from core.chain.canonical import canonical
from core.chain.signing import Signer
from core.children import evidence_zip
from core.client import Client
from core.errors import IntegrityError, NotFound
from core.job import Job, JobStatus
from core.ledger import joined
from core.ledger.standalone import verify_ledger, verify_pack
from core.ports import Outcome
from core.server.dependencies import file_name
from core.server.routes.evidence import evidence_file
from core.server.routes.jobs import _NEEDED
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor, FixedClock


@pytest.fixture
def pack(loans: Trimtab) -> Path:
    return loans.jobs.result(made(loans).id)


def made(loans: Trimtab, actor: str = "ann") -> Job:
    return loans.archives.make("loans", pack="eu-ai-act", actor=actor)


def contents(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(folder: Path, files: dict[str, bytes]) -> Path:
    changed = folder / "changed.zip"
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return changed


def faults(pack: Path) -> list[str]:
    found = verify_pack.verified(str(pack), None)["faults"]
    assert isinstance(found, list)
    return found


def test_one_file_checks_a_pack_where_there_is_no_trimtab(pack: Path, tmp_path: Path, loans: Trimtab) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    program = alone / joined.NAME
    program.write_text(joined.joined(), encoding="utf-8")
    command = [sys.executable, "-I", str(program), str(pack), "--json"]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert (said["ok"], said["model"], said["signatures"]) == (True, "local/loans", "checked")
    assert contents(pack)[joined.NAME].decode() == joined.joined()
    (entry,) = loans.ledger.records(kinds=("evidence.exported",))
    assert set(entry.entry.facts["files"]) <= set(contents(pack))


def tamperings(pack: Path) -> Iterator[tuple[str, dict[str, bytes], str]]:
    """What can be done to a pack, and what must be said of it."""
    files = contents(pack)
    manifest, sealed = json.loads(files["manifest.json"]), json.loads(files["manifest.sig.json"])
    yield "a file is edited", {**files, "evidence.html": b"all is well"}, "evidence.html is not the file"
    yield "a file is gone", {k: v for k, v in files.items() if k != "ml-bom.cdx.json"}, "is missing"
    yield "a file is added", {**files, "more.txt": b"more"}, "more.txt is not in the manifest"
    other = b"all is well"
    manifest["files"]["evidence.html"]["sha256"] = sha256(other).hexdigest()
    anew = json.dumps(manifest).encode()
    edited = {**files, "evidence.html": other, "manifest.json": anew}
    yield "the manifest too", edited, "the signature is of another manifest"
    stranger = Signer.made()
    said = {**sealed["signed"], "sha256": sha256(anew).hexdigest(), "key": stranger.public}
    forged = {"signed": said, "signature": stranger.sign(canonical(said))}
    yield (
        "signed by a stranger",
        {**edited, "manifest.sig.json": json.dumps(forged).encode()},
        "is not signed by the ledger's key",
    )
    lines = files["ledger.jsonl"].splitlines(keepends=True)
    yield "an entry is cut out", {**files, "ledger.jsonl": b"".join(lines[:3] + lines[4:])}, "does not hold"
    proof = json.loads(files["proof.json"])
    proof["seq"] = 1
    yield "another entry is named", {**files, "proof.json": json.dumps(proof).encode()}, "another hash"
    proof["seq"] = 10_000
    yield "no entry is named", {**files, "proof.json": json.dumps(proof).encode()}, "names no entry"


def test_whatever_is_changed_is_found(pack: Path, tmp_path: Path) -> None:
    assert faults(pack) == []
    looked_at = 0
    for what, files, said in tamperings(pack):
        found = faults(written(tmp_path, files))
        assert any(said in fault for fault in found), (what, found)
        looked_at += 1
    assert looked_at == 8


def test_what_is_no_pack_is_said_to_be_none(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    no_zip = tmp_path / "no.zip"
    no_zip.write_text("no")
    assert verify_pack.run([str(no_zip)]) == 2
    assert verify_pack.run([str(tmp_path / "absent.zip")]) == 2
    bare = written(tmp_path, {"a.txt": b"a"})
    assert verify_pack.run([str(bare)]) == 2
    assert "it is no pack of evidence" in capsys.readouterr().err
    assert verify_pack.run([str(pack)]) == 0
    assert "No anchor was given" in capsys.readouterr().out
    edited = written(tmp_path, {**contents(pack), "README.txt": b""})
    assert verify_pack.run([str(edited)]) == 1
    assert "does NOT hold" in capsys.readouterr().out


def test_signatures_that_were_not_checked_are_told_first(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (verify_ledger, verify_pack):
        monkeypatch.setattr(module, "can_sign", lambda: False)
    assert verify_pack.run([str(pack)]) == 0
    first, _, _ = capsys.readouterr().out.partition(". ")
    assert first.startswith("The pack of local/loans, made ")
    assert first.endswith(
        "Z, holds, but its signatures were NOT checked: that takes the Python package cryptography"
    )
    files = contents(pack)
    assert b"and the Python package cryptography:" in files["README.txt"]
    assert verify_pack.run([str(written(tmp_path, {**files, "README.txt": b""}))]) == 1
    assert capsys.readouterr().out.endswith("\nIts signatures were NOT checked.\n")


def test_the_command_writes_all_files_and_the_verifier(
    run: Callable[..., Result], tmp_path: Path, loans: Trimtab
) -> None:
    out = tmp_path / "out"
    done = run("evidence", "loans", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {
        "evidence.json", "evidence.html", "model-card.md", "ml-bom.cdx.json", "lineage.json", "lineage.mmd",
        "openlineage.json", "evidence.zip", "verify_pack.py",
    }  # fmt: skip
    assert faults(out / "evidence.zip") == []
    assert (out / "evidence.zip").stat().st_mode & 0o077 == 0
    assert json.loads((out / "lineage.json").read_text())["nodes"]
    assert (out / "lineage.mmd").read_text().startswith("flowchart")
    assert json.loads((out / "openlineage.json").read_text())[0]["schemaURL"]
    less = run("evidence", "loans", "--out", tmp_path / "less", "--no-zip")
    assert less.exit_code == 0
    assert not (tmp_path / "less" / "evidence.zip").exists()
    assert len(loans.ledger.records(kinds=("evidence.exported",))) == 1


def test_a_document_is_kept_under_its_models_name(loans: Trimtab) -> None:
    for name in ("model-card.md", "ml-bom.cdx.json"):
        kept = evidence_file("local/loans", name, loans).headers["content-disposition"]
        assert kept == f'attachment; filename="loans-{name}"'
    assert file_name('a "b"\r\n/ c', "7", suffix=".zip") == "a-b-c-7.zip"


def test_it_is_made_once_while_nothing_changes(loans: Trimtab, clock: FixedClock) -> None:
    first = made(loans)
    clock.at += timedelta(minutes=5)
    assert made(loans, "bob").id == first.id
    loans.evidence.fill(
        "loans", "eu-ai-act/intended-purpose", text="For lending.", owner=None, until=None, actor="ann"
    )
    second = made(loans)
    assert second.id != first.id
    assert loans.jobs.result(second.id).stat().st_mode & 0o077 == 0
    loans.jobs.result(second.id).unlink()
    third = made(loans)
    assert third.id not in {first.id, second.id}
    assert faults(loans.jobs.result(third.id)) == []
    assert len(loans.ledger.records(kinds=("evidence.exported",))) == 3


def test_what_is_cut_off_is_made_anew_and_what_was_changed_meanwhile_is_not(
    loans: Trimtab, executor: FakeExecutor
) -> None:
    executor.closed = True
    job = made(loans)
    work, watcher = executor.waiting[job.id]
    watcher.started()
    (work.folder / "evidence.zip").write_bytes(b"a part")
    loans.jobs.recover()
    told: list[float] = []
    evidence_zip.run(work.folder, lambda share, step: told.append(share))
    assert told == sorted(told)
    assert faults(work.folder / "evidence.zip") == []
    assert not [path for path in work.folder.rglob("*") if path.suffix == ".key"]
    (work.folder / "pack" / "model-card.md").write_text("all is well")
    with pytest.raises(IntegrityError, match=r"model-card\.md is not what was laid out"):
        evidence_zip.run(work.folder, lambda share, step: None)


def test_an_erasure_takes_every_zip_with_it_and_ends_those_under_way(
    loans: Trimtab, executor: FakeExecutor
) -> None:
    there = loans.jobs.result(made(loans).id)
    executor.closed = True
    waiting = loans.archives.make("bare", pack="model-risk", actor="ann")
    receipt = loans.keeping.erase("loans", ["0-0"], actor="ann")
    assert receipt.removed["exports"] == 1
    assert not there.exists()
    assert loans.jobs.get(waiting.id).status is JobStatus.CANCELLED


def test_the_route_asks_for_it_once_and_its_result_takes_the_right_to_export(client: Client) -> None:
    job = client.make_archive("loans", pack="eu-ai-act")
    assert (job.kind, job.subject) == ("evidence", "pack eu-ai-act")
    assert client.make_archive("loans", pack="eu-ai-act").id == job.id
    assert client.job(job.id).status is JobStatus.DONE
    assert zipfile.is_zipfile(BytesIO(client.result(job.id)))
    assert _NEEDED["evidence"].right is Right.EXPORT
    with pytest.raises(NotFound):
        client.make_archive("nobody")


@pytest.mark.slow
def test_a_real_child_packs_it_without_a_network(loans: Trimtab, executor: FakeExecutor) -> None:
    executor.closed = True
    work, _ = executor.waiting[made(loans).id]
    real, ended, steps = ProcessExecutor(), Event(), []

    class Told:
        outcome: Outcome | None = None

        def started(self) -> bool:
            return True

        def progressed(self, share: float, step: str) -> None:
            steps.append(step)

        def ended(self, outcome: Outcome) -> None:
            self.outcome = outcome
            ended.set()

    told = Told()
    real.submit(work, told)
    assert ended.wait(30)
    real.close()
    assert told.outcome == Outcome(status=JobStatus.DONE)
    assert "Packing ledger.jsonl" in steps
    assert faults(work.folder / "evidence.zip") == []
