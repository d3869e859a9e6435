"""The registries of a workspace: the ``[registries]`` of its ``trimtab.toml``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from core.errors import Unavailable
from core.settings_text import Problems, text_of

OWN_REGISTRY = "local"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
REGISTRY_KEYS: Mapping[str, str] = {
    "uri": "MLflow tracking URI; a password in it must be written ${VARIABLE}",
    "writable": "whether Trimtab may change this registry (the workspace's own: true, others: false)",
    "token_env": "environment variable that holds a bearer token",
    "username_env": "environment variable that holds the user of basic authentication",
    "password_env": "environment variable that holds the password of basic authentication",
    "ca_bundle": "file of certificates of a private authority",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What to show a registry's server; each may be absent."""

    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """One MLflow registry: where it is, whether Trimtab may change it, which variables hold its secrets.

    ``uri`` is a tracking URI; ``${NAME}`` in it stands for an environment variable. ``ca_bundle`` is a
    file of certificates for a private authority.
    """

    name: str
    uri: str
    writable: bool = False
    token_env: str | None = None
    username_env: str | None = None
    password_env: str | None = None
    ca_bundle: Path | None = None

    @property
    def shown_uri(self) -> str:
        """The URI without user, password and query, fit for any screen.

        Examples
        --------
        >>> RegistrySettings(name="prod", uri="https://ann:${PW}@ml.example:8443/base").shown_uri
        'https://ml.example:8443/base'
        """
        parts = urlsplit(self.uri)
        if not parts.netloc:
            return self.uri
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))

    def tracking_uri(self, environment: Mapping[str, str]) -> str:
        """Return the URI with its variables filled in; raises ``Unavailable`` naming an unset one."""
        return _VARIABLE.sub(lambda match: self._variable(match[1], environment), self.uri)

    def credentials(self, environment: Mapping[str, str]) -> Credentials:
        """Read the named variables; raises ``Unavailable`` naming an unset one."""
        named = (self.token_env, self.username_env, self.password_env)
        return Credentials(*(self._variable(name, environment) if name else None for name in named))

    def _variable(self, name: str, environment: Mapping[str, str]) -> str:
        if name not in environment:
            raise Unavailable(
                f"Registry '{self.name}'",
                f"the environment variable {name} is not set",
                hint=f"Set {name} before starting Trimtab.",
            )
        return environment[name]


def resolve_uri(uri: str, folder: Path) -> str:
    """Make a file-based tracking URI independent of the current folder; others pass unchanged.

    Examples
    --------
    >>> resolve_uri("sqlite:///runs.db", Path("/srv"))
    'sqlite:////srv/runs.db'
    >>> resolve_uri("https://ml.example", Path("/srv"))
    'https://ml.example'
    """
    scheme, separator, rest = uri.partition(":///")
    if separator and scheme == "sqlite":
        return f"sqlite:///{folder / rest}"
    if "://" not in uri and not uri.startswith("file:"):
        return (folder / Path(uri).expanduser()).as_uri() if uri else uri
    return uri


def parse_registry(name: str, entry: object, root: Path, problems: Problems) -> RegistrySettings:
    """Read one entry; what is wrong is added to ``problems``. Relative files are taken from ``root``."""
    where = f"registries.{name}"
    if not _NAME.fullmatch(name):
        problems.say(where, "is not a short name", "use letters, digits, '.', '_' and '-' only")
    if not isinstance(entry, dict):
        problems.say(where, "is not a table", f"write [{where}] above its settings")
        return RegistrySettings(name=name, uri="")
    problems.unknown(entry, tuple(REGISTRY_KEYS), f"{where}.")
    writable = entry.get("writable", name == OWN_REGISTRY)
    if not isinstance(writable, bool):
        problems.say(f"{where}.writable", "is not a boolean", "write true or false")
    texts = {key: text_of(entry, key, where, problems) for key in REGISTRY_KEYS if key != "writable"}
    uri = texts["uri"] or ""
    _check_uri(uri, where, problems)
    bundle = texts["ca_bundle"]
    return RegistrySettings(
        name=name,
        uri=resolve_uri(uri, root),
        writable=writable is True,
        token_env=texts["token_env"],
        username_env=texts["username_env"],
        password_env=texts["password_env"],
        ca_bundle=root / Path(bundle).expanduser() if bundle else None,
    )


def _check_uri(uri: str, where: str, problems: Problems) -> None:
    if not uri:
        problems.say(f"{where}.uri", "is missing", "give a tracking URI")
    user, _, _ = urlsplit(uri).netloc.rpartition("@")
    _, _, password = user.partition(":")
    if password and not _VARIABLE.fullmatch(password):
        remedy = "write ${VARIABLE} in its place and set that environment variable"
        problems.say(f"{where}.uri", "holds a password", remedy)
