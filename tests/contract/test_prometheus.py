"""Prometheus' own tool reads what ``/metrics`` says and finds nothing to complain of."""

import shutil
import subprocess

import httpx
import pytest
from fastapi import FastAPI

from core.client.transports import InProcess


def test_promtool_accepts_the_figures(api: FastAPI, api_headers: dict[str, str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt package prometheus")
    transport = InProcess(api, closing=lambda: None)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1", headers=api_headers) as client:
        figures = client.get("/metrics").text
    assert "trimtab_model_status" in figures
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=figures, capture_output=True, text=True, check=False, timeout=60
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
