"""Prune, erase, back up and restore through the process that serves, over the loopback, beside ingest."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.test_processes import SPEC, Running, rows, trimtab, up, wait_for


@pytest.mark.slow
def test_a_served_workspace_is_kept_backed_up_and_restored(tmp_path: Path) -> None:
    workspace, backup = tmp_path / "a workspace ü", tmp_path / "b.zip"
    trimtab(workspace, "init", folder=tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC)
    with up(workspace) as running:
        pid = running.note["pid"]
        trimtab(workspace, "watch", tmp_path / "spec.yaml")
        assert trimtab(workspace, "ingest", "churn", rows(tmp_path / "r.csv", 0, 24 * 8))["accepted"] == 192
        trimtab(workspace, "monitor")
        # Control looks by itself once a day, for the first time at its start.
        wait_for(lambda: keeping(running)["last_run_at"] is not None)
        assert keeping(running)["problem"] is None
        before = on_record(workspace)
        with sending(running) as seconds:
            assert trimtab(workspace, "backup", backup)["n_files"] >= 3
        assert seconds
        assert max(seconds) < 10
        erased = trimtab(workspace, "erase", "churn", "--id", "10000")
        assert (erased["removed"]["rows"], erased["mentioned_in"]) == (1, [])
        assert erased["backed_up_at"] is not None
        assert trimtab(workspace, "prune", "--dry-run")["dry_run"]
        (check,) = [one for one in trimtab(workspace, "doctor")["checks"] if one["name"] == "keeping"]
        assert "last backup today" in check["message"]
        assert running.note["pid"] == pid, "nothing of this ends the process that serves"
        # Through the dashboard's address too, but not without the token: a backup holds everything.
        assert httpx.post(f"{running.address}/api/v1/backup", timeout=60).status_code == 401
    restored = tmp_path / "restored"
    trimtab(restored, "restore", backup, folder=tmp_path)
    told = on_record(restored)
    assert {name: told[name][: len(found)] for name, found in before.items()} == before
    assert not list((workspace / "spool").glob("*.backup"))


def on_record(workspace: Path) -> dict[str, list[Any]]:
    return {name: trimtab(workspace, name, "churn") for name in ("measurements", "verdicts")}


def keeping(running: Running) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{running.address}/readyz", timeout=60).json()["tasks"]["keeping"]
    return found


@contextmanager
def sending(running: Running) -> Iterator[list[float]]:
    """Send one row after the other until the block ends; gives the seconds that each took."""
    seconds: list[float] = []
    over = threading.Event()
    control = httpx.Client(
        base_url=running.note["address"],
        headers={"Authorization": f"Bearer {running.note['token']}"},
        timeout=60,
    )

    def send() -> None:
        number = 10_000
        while not over.is_set():
            began = time.monotonic()
            body = f"id,at,a,y,z\n{number},2026-02-01T00:00,1,1,1\n"
            answer = control.post("/api/v1/models/churn/predictions", content=body)
            assert answer.status_code == 202
            seconds.append(time.monotonic() - began)
            number += 1

    sender = threading.Thread(target=send)
    with control:
        sender.start()
        try:
            yield seconds
        finally:
            over.set()
            sender.join()
