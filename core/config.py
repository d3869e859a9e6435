"""Where a workspace lies and what its ``trimtab.toml`` says.

A workspace is a folder that holds everything Trimtab knows; nothing is written outside of it. Settings
are read once, validated with all problems at once, and handed on as frozen values.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.alert_settings import AlertSettings, parse_alerts
from core.deployments import DeploymentSettings, parse_deployments
from core.errors import Conflict, InvalidInput, NotFound, Problem, Unavailable
from core.identity_settings import IdentitySettings, parse_identity
from core.registry_settings import OWN_REGISTRY, RegistrySettings, parse_registry, resolve_uri
from core.retention import CLASSES, Retention, parse_retention
from core.settings_text import Problems, quoted, table_of, text_of
from core.sources import SourceSettings, parse_sources

PROJECT_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one installation and the names of what lies in it."""

    root: Path

    @classmethod
    def at(cls, folder: str | os.PathLike[str] | None = None) -> "Workspace":
        """Return the workspace at ``folder``, else at ``$TRIMTAB_WORKSPACE``, else at ``./.trimtab``.

        The path is made absolute, so that a later change of the current folder changes nothing.
        """
        chosen = folder or os.environ.get("TRIMTAB_WORKSPACE") or ".trimtab"
        return cls(Path(chosen).expanduser().absolute())

    @property
    def settings(self) -> Path:
        """The settings file; a folder without one is no workspace."""
        return self.root / "trimtab.toml"

    @property
    def state(self) -> Path:
        """SQLite file of monitors, incidents and ingest keys."""
        return self.root / "state.db"

    @property
    def state_url(self) -> str:
        """SQLAlchemy address of the state store."""
        return f"sqlite:///{self.state}"

    @property
    def analytics(self) -> Path:
        """DuckDB file of rows, profiles, measurements and verdicts."""
        return self.root / "analytics.duckdb"

    @property
    def mlflow(self) -> Path:
        """SQLite file of the workspace's own MLflow registry."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Folder of the own registry's artifacts."""
        return self.root / "artifacts"

    @property
    def spool(self) -> Path:
        """Folder of request bodies while they are being ingested."""
        return self.root / "spool"

    @property
    def keys(self) -> Path:
        """Folder of secrets that Trimtab made itself."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """Folder of the processes' logs."""
        return self.root / "logs"

    @property
    def control(self) -> Path:
        """Who owns the workspace now: process, address, token (0600)."""
        return self.root / "control.json"

    @property
    def lock(self) -> Path:
        """Lock file held by the process that owns the stores."""
        return self.root / "control.lock"

    @property
    def exists(self) -> bool:
        """Whether this folder is a workspace."""
        return self.settings.is_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    workspace: Workspace
    registries: tuple[RegistrySettings, ...]
    sources: tuple[SourceSettings, ...] = ()
    deployments: tuple[DeploymentSettings, ...] = ()
    monitor_every_s: float = 5.0
    source_every_s: float = 300.0
    registry_every_s: float = 5.0
    max_body_mb: float = 4096.0
    job_time_s: float = 900.0
    job_memory_mb: float = 2048.0
    ledger_anchor: Path | None = None
    training_code: Path | None = None
    training_projects: str | None = None
    retention: Retention = field(default_factory=Retention)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)

    def registry(self, name: str) -> RegistrySettings:
        """Return the registry called ``name``; raises ``NotFound``."""
        for registry in self.registries:
            if registry.name == name:
                return registry
        known = ", ".join(registry.name for registry in self.registries)
        raise NotFound("registry", name, hint=f"This workspace knows: {known}.")


# Key → (smallest value allowed, what it means): read by the parser and by the documentation's test.
NUMBERS: Mapping[str, tuple[float, str]] = {
    "control.monitor_every_s": (0.1, "seconds between two looks for windows that are due"),
    "control.source_every_s": (1.0, "seconds between two looks at tables that lie elsewhere"),
    "control.registry_every_s": (1.0, "seconds between two readings of the registries"),
    "control.max_body_mb": (1.0, "largest request body accepted, in megabytes"),
    "control.job_time_s": (10.0, "seconds that a job may run"),
    "control.job_memory_mb": (200.0, "megabytes of memory that a job may use"),
}
TRAINING_KEYS: Mapping[str, str] = {
    "code": "folder below which the training code lies that a spec's `entry` or `project` names",
    "projects": "beginning of the addresses that a spec's `project` may name",
}
LEDGER_KEYS: Mapping[str, str] = {
    "anchor": "file or Git repository, best under another owner, that keeps signed checkpoints of the ledger"
}
_TEMPLATE = """\
# Settings of this Trimtab workspace; keys that Trimtab does not know are errors.
[control]
monitor_every_s = 5
source_every_s = 300
registry_every_s = 5
max_body_mb = 4096

[retention]
rows = "400d"

# The own MLflow registry is called "local". Others are read-only unless writable = true; their
# secrets come from environment variables: token_env, or username_env and password_env.
"""


def create_workspace(workspace: Workspace, registries: Mapping[str, str]) -> Settings:
    """Make an empty workspace, open to its owner only, and return its settings.

    Parameters
    ----------
    registries
        Short name → tracking URI. Relative files are taken from the current folder. An entry called
        ``local`` replaces the workspace's own registry.

    Raises
    ------
    Conflict
        The folder is a workspace already.
    InvalidInput
        A name or URI cannot be used; all problems are listed and nothing was made.
    Unavailable
        The folder cannot be written.
    """
    if workspace.exists:
        raise Conflict(
            f"{workspace.root} is a workspace already",
            hint="Add registries to its trimtab.toml, or choose another folder with --workspace.",
        )
    text = _TEMPLATE
    for name, uri in registries.items():
        text += f"\n[registries.{quoted(name)}]\nuri = {quoted(resolve_uri(uri, Path.cwd()))}\n"
    settings = parse_settings(text, workspace)
    try:
        workspace.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (workspace.artifacts, workspace.spool, workspace.keys, workspace.logs):
            folder.mkdir(exist_ok=True, mode=0o700)
        workspace.settings.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"The folder {workspace.root}", error.strerror or str(error)) from error
    return settings


def load_settings(workspace: Workspace) -> Settings:
    """Read a workspace's settings.

    Raises
    ------
    NotFound
        The folder is no workspace.
    InvalidInput
        The file is not TOML, or holds unknown keys or impossible values; all problems are listed.
    """
    try:
        text = workspace.settings.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = f"Make one with: trimtab init --workspace {workspace.root}"
        raise NotFound("workspace", str(workspace.root), hint=hint) from error
    except OSError as error:
        raise Unavailable(str(workspace.settings), error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        problem = Problem(field="file", message="is not UTF-8 text", remedy="save it as UTF-8")
        raise InvalidInput(str(workspace.settings), [problem]) from error
    return parse_settings(text, workspace)


def parse_settings(text: str, workspace: Workspace) -> Settings:
    """Turn the text of a ``trimtab.toml`` into settings; raises ``InvalidInput`` with all problems."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem(field="file", message=str(error), remedy="see https://toml.io for the syntax")
        raise InvalidInput(str(workspace.settings), [problem]) from error
    problems = Problems()
    tables = (
        "alerts",
        "control",
        "deployments",
        "identity",
        "ledger",
        "registries",
        "retention",
        "sources",
        "training",
    )
    problems.unknown(document, tables, "")
    kept = table_of(document, "retention", problems)
    problems.unknown(kept, tuple(CLASSES), "retention.")
    retention = parse_retention(kept, problems.say)
    of_ledger = table_of(document, "ledger", problems)
    problems.unknown(of_ledger, tuple(LEDGER_KEYS), "ledger.")
    anchor = text_of(of_ledger, "anchor", "ledger", problems)
    of_training = table_of(document, "training", problems)
    problems.unknown(of_training, tuple(TRAINING_KEYS), "training.")
    code = text_of(of_training, "code", "training", problems)
    numbers = _numbers(table_of(document, "control", problems), problems)
    registries = {
        name: parse_registry(name, entry, workspace.root, problems)
        for name, entry in table_of(document, "registries", problems).items()
    }
    sources = parse_sources(table_of(document, "sources", problems), workspace.root, problems)
    alerts = parse_alerts(table_of(document, "alerts", problems), problems)
    deployments = parse_deployments(table_of(document, "deployments", problems), problems)
    identity = parse_identity(table_of(document, "identity", problems), problems)
    if problems:
        raise InvalidInput(str(workspace.settings), problems)
    own = registries.pop(OWN_REGISTRY, None) or RegistrySettings(
        name=OWN_REGISTRY, uri=f"sqlite:///{workspace.mlflow}", writable=True
    )
    return Settings(
        workspace=workspace,
        registries=(own, *registries.values()),
        ledger_anchor=workspace.root / Path(anchor).expanduser() if anchor else None,
        training_projects=text_of(of_training, "projects", "training", problems),
        training_code=workspace.root / Path(code or "code").expanduser(),
        retention=retention,
        sources=sources,
        deployments=deployments,
        alerts=alerts,
        identity=identity,
        **numbers,
    )


def _numbers(control: Mapping[str, object], problems: Problems) -> dict[str, float]:
    known = {key.removeprefix("control."): smallest for key, (smallest, _) in NUMBERS.items()}
    problems.unknown(control, tuple(known), "control.")
    numbers = {}
    for key, smallest in known.items():
        value = control.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not smallest <= value < 1e9:
            remedy = f"write a number of at least {smallest:g}"
            problems.say(f"control.{key}", f"{value!r} cannot be used", remedy)
        else:
            numbers[key] = float(value)
    return numbers
