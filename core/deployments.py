"""What makes production run a version: the ``[deployments]`` of a workspace's ``trimtab.toml``.

A spec names its deployment; what that is, the settings say: who may write a spec must not thereby choose
which programs this machine runs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.settings_text import Problems

DEPLOYMENT_KEYS: Mapping[str, str] = {
    "webhook": "address that is sent the order by POST",
    "command": "list: a program and its arguments; the order comes on its standard input",
    "airflow": "address of an Airflow whose DAG is run with the order as its conf",
    "dag": "the DAG to run; required with airflow",
    "token_env": "environment variable that holds a bearer token for webhook or airflow",
    "timeout_s": "seconds to wait for an answer",
}
KINDS = ("webhook", "command", "airflow")
TIMEOUT_S = 60.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_HTTP = re.compile(r"https?://[^/\s@]+(/\S*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSettings:
    """One deployment: of which kind, and what it takes; exactly the fields of its kind are set."""

    name: str
    kind: Literal["webhook", "command", "airflow"]
    address: str = ""
    command: tuple[str, ...] = ()
    dag: str = ""
    token_env: str | None = None
    timeout_s: float = TIMEOUT_S


def parse_deployments(table: Mapping[str, object], problems: Problems) -> tuple[DeploymentSettings, ...]:
    """Read the ``[deployments]`` table; what is wrong is added to ``problems``.

    Examples
    --------
    >>> problems = Problems()
    >>> parse_deployments({"prod": {"command": ["deploy.sh"]}}, problems)[0].command, problems
    (('deploy.sh',), [])
    >>> _ = parse_deployments({"prod": {"hook": "http://deploy.example/"}}, problems)
    >>> print(problems[0])
    deployments.prod.hook: is not a setting (did you mean 'webhook'?)
    """
    found = (_deployment(name, entry, problems) for name, entry in table.items())
    return tuple(one for one in found if one is not None)


def _deployment(name: str, entry: object, problems: Problems) -> DeploymentSettings | None:
    where = f"deployments.{name}"
    if not _NAME.fullmatch(name):
        problems.say(where, "is not a short name", "use letters, digits, '_' and '-' only")
    if not isinstance(entry, dict):
        problems.say(where, "is not a table", f"write [{where}] above its settings")
        return None
    problems.unknown(entry, tuple(DEPLOYMENT_KEYS), f"{where}.")
    kind = next((one for one in KINDS if one in entry), None)
    if kind is None or sum(one in entry for one in KINDS) > 1:
        problems.say(where, "must have exactly one of webhook, command and airflow", "choose one")
        return None
    return DeploymentSettings(
        name=name,
        kind="webhook" if kind == "webhook" else "command" if kind == "command" else "airflow",
        address="" if kind == "command" else _address(entry, kind, where, problems),
        command=_command(entry, where, problems) if kind == "command" else (),
        dag=_text(entry, "dag", where, problems, required=kind == "airflow") or "",
        token_env=_text(entry, "token_env", where, problems),
        timeout_s=_timeout(entry, where, problems),
    )


def _address(entry: Mapping[str, object], kind: str, where: str, problems: Problems) -> str:
    value = entry[kind]
    if isinstance(value, str) and _HTTP.fullmatch(value):
        return value.rstrip("/") if kind == "airflow" else value
    problems.say(f"{where}.{kind}", f"{value!r} is no address", "write https://… without a password in it")
    return ""


def _command(entry: Mapping[str, object], where: str, problems: Problems) -> tuple[str, ...]:
    value = entry["command"]
    if isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    problems.say(f"{where}.command", "is not a list of texts", 'write ["program", "argument"]')
    return ()


def _text(
    entry: Mapping[str, object], key: str, where: str, problems: Problems, *, required: bool = False
) -> str | None:
    value = entry.get(key)
    if isinstance(value, str) and value:
        return value
    if value is not None or required:
        problems.say(f"{where}.{key}", "is missing" if value is None else "is not text", "write it in quotes")
    return None


def _timeout(entry: Mapping[str, object], where: str, problems: Problems) -> float:
    value = entry.get("timeout_s", TIMEOUT_S)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 600:
        problems.say(f"{where}.timeout_s", f"{value!r} cannot be used", "write a number from 1 to 600")
        return TIMEOUT_S
    return float(value)
