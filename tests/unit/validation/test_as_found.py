"""What was found is what counts: edited findings, tags that say no time, and files that are fetched once."""

import threading
from dataclasses import replace
from hashlib import sha256

import pytest

from core.action import ActionStatus
from core.job import JobStatus
from core.validation.request import FINDINGS
from tests.unit.validation.conftest import Gated
from tests.unit.validation.test_gated import CONCERNED


def test_findings_that_were_edited_are_missing_and_can_be_made_anew(gated: Gated) -> None:
    facts = [replace(one, value=9999.0) if one.metric == "size" else one for one in gated.facts]
    job = gated.validate("2", facts)
    assert gated.blocking("2") == {"size"}
    edited = FINDINGS.dump_json(gated.findings("2"))
    gated.trimtab.jobs.result(job.id).write_bytes(edited)
    assert gated.blocking("2") == CONCERNED - {"files", "evidence_age", "data_age"}
    refused = gated.promote("2")
    assert refused.status is ActionStatus.REFUSED
    assert "the findings are not those that the validation made: validate it again" in refused.sentence
    assert gated.champion == "1"
    again = gated.trimtab.validations.ask("loans", "2", actor="ann")
    assert again.id != job.id
    assert gated.trimtab.jobs.get(job.id).error == "Its result is not what was made."


def test_a_waiver_with_one_local_user_says_what_it_is_worth(gated: Gated) -> None:
    gated.validate("2", [one for one in gated.facts if one.metric != "size"])
    gated.waive("2", "size")
    (entry,) = gated.records("gate.waived")
    assert entry.facts["four_eyes"].endswith("four eyes are not enforceable here")
    assert entry.facts["covers"] == [{"feature": None, "held": None, "reach": None}]


def test_a_worse_value_than_the_waived_one_blocks_again(gated: Gated) -> None:
    def found(megabytes: float) -> list:
        return [replace(one, value=megabytes) if one.metric == "size" else one for one in gated.facts]

    gated.validate("2", found(2100))
    gated.waive("2", "size")
    assert gated.blocking("2") == set()
    gated.validate("2", found(2109))
    assert gated.blocking("2") == set()
    gated.validate("2", found(3000))
    refused = gated.promote("2")
    assert "Waived by bob for 2,100.0 MB; now 3,000.0 MB: the waiver does not cover it" in refused.sentence


@pytest.mark.parametrize("whose", ["2", "1"])
def test_a_tag_that_says_no_time_leaves_no_rows_and_says_so(gated: Gated, whose: str) -> None:
    tags = {"trimtab.trained_until": "last tuesday"}
    known = gated.registry.registered["loans"]
    versions = tuple(replace(one, tags=tags) if one.version == whose else one for one in known.versions)
    gated.registry.registered["loans"] = replace(known, versions=versions)
    job = gated.trimtab.validations.ask("loans", "2", actor="ann")
    text = (gated.executor.waiting[job.id][0].folder / "request.json").read_text()
    assert f"version {whose}'s tag trimtab.trained_until is 'last tuesday', which is no ISO time" in text
    assert '"n_rows":0' in text
    mended = tuple(replace(one, tags={}) for one in known.versions)
    gated.registry.registered["loans"] = replace(known, versions=mended)
    assert gated.trimtab.validations.ask("loans", "2", actor="ann").id != job.id


def test_previews_fetch_files_once_and_promotions_anew(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    download = gated.registry.download

    def noted(name: str, version: str, folder) -> None:
        fetched.append(version)
        download(name, version, folder)

    gated.validate("2")
    monkeypatch.setattr(gated.registry, "download", noted)
    for _ in range(3):
        assert gated.blocking("2") == set()
    assert fetched == []
    monkeypatch.setattr("core.validation.manifests.REMEMBERED_S", 0.0)
    assert gated.blocking("2") == set()
    assert fetched == ["2"]
    monkeypatch.setattr("core.validation.manifests.REMEMBERED_S", 600.0)
    gated.promote("2")
    assert fetched == ["2", "2"]


def test_a_slow_artifact_store_keeps_nobody_else_waiting(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one version is fetched another is asked for; who asks for the first too gets its job."""
    slow, begun = threading.Event(), threading.Event()
    fetched: list[str] = []
    download = gated.registry.download

    def stuck(name: str, version: str, folder) -> None:
        fetched.append(version)
        if version == "2":
            begun.set()
            assert slow.wait(30)
        download(name, version, folder)

    monkeypatch.setattr(gated.registry, "download", stuck)
    jobs: list[str] = []
    ask = gated.trimtab.validations.ask
    asking = [
        threading.Thread(target=lambda: jobs.append(ask("loans", "2", actor="ann").id)) for _ in range(2)
    ]
    for one in asking:
        one.start()
    assert begun.wait(30)
    other = ask("loans", "3", actor="bob")
    assert other.status is JobStatus.QUEUED
    slow.set()
    for one in asking:
        one.join(30)
    assert len(jobs) == 2
    assert len(set(jobs)) == 1
    assert fetched.count("2") == 1


def test_a_job_s_digest_is_that_of_its_result(gated: Gated) -> None:
    job = gated.validate("2")
    assert job.digest == sha256(gated.trimtab.jobs.result(job.id).read_bytes()).hexdigest()
