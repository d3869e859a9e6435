"""All that is on record of how a version was made, in one file to keep or to hand on. Pure."""

import io
import json
import shlex
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from core.action import shown_version
from core.ports import Environment, RunRecord
from core.reproduction import without_addresses
from core.retrain import Retrain
from core.spec import TrainingRule

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The time of every file in it: the same record gives the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is on record of a version; ``run`` and ``retrain`` are None where there is none."""

    model: str
    version: str
    run: RunRecord | None
    environment: Environment
    retrain: Retrain | None
    rule: TrainingRule


def bundle(known: Known) -> bytes:
    """Return the bundle: README, command line, code, data, environment, parameters, metrics."""
    packages = without_addresses(known.environment.packages)
    files = {
        "README.md": _readme(known),
        "command.sh": "".join(f"{line}\n" for line in commands(known)),
        "code.json": _json(_code(known)),
        "data.json": _json(_data(known)),
        "environment.json": _json({"python": known.environment.python, "packages": list(packages)}),
        "requirements.txt": "".join(f"{line}\n" for line in packages),
        "params.json": _json({} if known.run is None else dict(known.run.params)),
        "metrics.json": _json({} if known.run is None else dict(known.run.metrics)),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(zipfile.ZipInfo(name, _BEGINNING), text)
    return made.getvalue()


def commands(known: Known) -> list[str]:
    """Return the lines that make the version again: by Trimtab, then by its own code where that is known."""
    lines = [f"trimtab reproduce {_quoted(known.model)} {_quoted(known.version)}"]
    run = known.run
    if run is None or known.retrain is not None:
        return lines
    entry, commit = run.tags.get("mlflow.source.name"), run.commit
    if commit:
        lines.append(f"# The code that the run logged:\n# git checkout {_line(commit)}")
    if entry:
        is_project = run.tags.get("mlflow.source.type") == "PROJECT"
        params = " ".join(f"-P {_quoted(f'{name}={value}')}" for name, value in sorted(run.params.items()))
        lines.append(f"# {f'mlflow run . {params}' if is_project else f'python {_quoted(_line(entry))}'}")
    return lines


def _code(known: Known) -> Mapping[str, object]:
    run, retrain = known.run, known.retrain
    return {
        "run": None if run is None else run.run_id,
        "source": None if run is None else run.tags.get("mlflow.source.name"),
        "commit": None if run is None else run.commit,
        "repository": None if run is None else _without_user(run.tags.get("mlflow.source.git.repoURL")),
        "trained_by_trimtab": retrain is not None,
        "retraining": None if retrain is None else retrain.id,
        "kind": None if retrain is None else retrain.kind.value,
        "from_version": None if retrain is None else retrain.from_version,
        "recipe": None if retrain is None else retrain.evidence.get("recipe"),
        "entry": known.rule.entry or known.rule.project if retrain is not None else None,
    }


def _data(known: Known) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = [
        {
            "name": one.name,
            "context": one.context,
            "digest": one.digest,
            "lies_at": one.source or None,
            "n_rows": one.n_rows,
        }
        for one in (known.run.inputs if known.run else ())
    ]
    retrain = known.retrain
    if retrain is not None and "snapshot" in retrain.evidence:
        found.append(
            {
                "name": f"{known.model}-snapshot-{retrain.id}",
                "context": "snapshot",
                "digest": retrain.evidence["snapshot"],
                "lies_at": f"retrains/{retrain.id}/snapshot.parquet, below the workspace",
                "n_rows": None,
            }
        )
    return found


def _readme(known: Known) -> str:
    run = known.run
    lines = [
        f"# {_line(known.model)} {shown_version(known.version)}: how it was made",
        "",
        "What was on record when this file was written. `command.sh` makes the version again and compares",
        "its metrics; `code.json`, `data.json` and `environment.json` say from what. Rows are not in it:",
        "`data.json` has their digests and where they lie.",
        "",
        f"- Run: {_line(run.run_id) if run else 'not known'}",
        f"- Commit: {_line((run.commit if run else None) or 'not logged')}",
        f"- Python: {_line(known.environment.python or 'not logged')}",
        f"- Packages: {len(without_addresses(known.environment.packages))}, in `requirements.txt`",
        f"- Data sets: {len(_data(known))}",
        f"- Parameters: {len(run.params) if run else 0}, metrics: {len(run.metrics) if run else 0}",
        "",
    ]
    return "\n".join(lines)


def _without_user(address: str | None) -> str | None:
    if address is None or "://" not in address:
        return address
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return shlex.quote(_line(text))


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
