"""The CI examples of the documents, run as they are written, against a real registry and a real child."""

import os
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from core.adapters.mlflow_publisher import MlflowPublisher
from core.adapters.mlflow_registry import MlflowRegistry
from core.config import Workspace, load_settings
from core.ports import Candidate
from tests.e2e.test_emergency import run
from tests.loans import SPEC, rows

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.sklearn
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

CI = Path(__file__).resolve().parents[2] / "docs" / "ci"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
]


def of_github() -> str:
    """What the workflow's step runs."""
    document = yaml.safe_load((CI / "github-actions.yaml").read_text(encoding="utf-8"))
    steps = document["jobs"]["gate"]["steps"]
    (script,) = [step["run"] for step in steps if "run" in step]
    kept = next(step["with"]["path"] for step in steps if "uses" in step)
    assert kept == "gates.xml"
    assert {"MODEL", "VERSION", "TRIMTAB_WORKSPACE", "TRIMTAB_TOKEN"} == set(document["jobs"]["gate"]["env"])
    return script


def of_jenkins() -> str:
    """What the pipeline's stage runs."""
    text = (CI / "Jenkinsfile").read_text(encoding="utf-8")
    (script,) = re.findall(r"sh '''(.+?)'''", text, re.DOTALL)
    assert "junit 'gates.xml'" in text
    return script


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A monitored model with a champion, its twin, and a version that is no model."""
    root = tmp_path / "w"
    run(root, "init")
    frame = rows(-20, 1, n=400).to_pandas()
    fitted = make_pipeline(SimpleImputer(), LogisticRegression()).fit(frame[["income"]], frame["repaid"])
    mlflow.sklearn.save_model(
        fitted,
        str(tmp_path / "model"),
        serialization_format="cloudpickle",
        signature=ModelSignature(inputs=Schema([ColSpec("double", "income", required=False)])),
        pip_requirements=["scikit-learn"],
    )
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "MLmodel").write_text("flavors: {}")
    found = Workspace.at(root)
    settings = load_settings(found).registry("local")
    publisher = MlflowPublisher(settings, artifacts=found.artifacts)
    publisher.add_models(["loans"])
    registry = MlflowRegistry(settings, artifacts=found.artifacts)
    plain = Candidate(
        id="a", author="ann", folder=tmp_path / "model", data=(), params={}, metrics={}, tags={}
    )
    others = replace(plain, id="b"), replace(plain, id="c", folder=tmp_path / "none")
    made = [registry.register("loans", one) for one in (plain, *others)]
    assert made[-2:] == ["3", "4"]
    publisher.set_alias("loans", "champion", "2")
    (tmp_path / "loans.yaml").write_text(SPEC)
    pq.write_table(rows(-3, 3, n=100), tmp_path / "reference.parquet")
    pq.write_table(rows(0, 3, n=100), tmp_path / "rows.parquet")
    run(root, "watch", str(tmp_path / "loans.yaml"), "--reference", str(tmp_path / "reference.parquet"))
    run(root, "ingest", "loans", str(tmp_path / "rows.parquet"))
    return root


def test_the_examples_pass_a_good_version_and_fail_another(workspace: Path, tmp_path: Path) -> None:
    ended = {}
    for name, script, version in (
        ("github", of_github(), "3"),
        ("jenkins", of_jenkins(), "4"),
    ):
        folder = tmp_path / f"{name}-{version}"
        folder.mkdir()
        given = {
            **{key: text for key, text in os.environ.items() if key != "TRIMTAB_TOKEN"},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MODEL": "loans",
            "VERSION": version,
            "TRIMTAB_WORKSPACE": str(workspace),
        }
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=folder, env=given, capture_output=True, text=True, check=False
        )
        suite = ET.parse(folder / "gates.xml").getroot()
        ended[name, version] = (
            done.returncode,
            [case.attrib["name"].split(". ")[1] for case in suite if case.find("system-out") is None],
            done.stdout + done.stderr,
        )
    assert ended["github", "3"][:2] == (0, []), ended["github", "3"][2]
    code, failed, said = ended["jenkins", "4"]
    assert code == 1, said
    assert {"loads", "ranking_kept", "parity_kept"} <= set(failed)
    assert "cannot be loaded" in said
