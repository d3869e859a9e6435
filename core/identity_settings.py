"""Who the people of a workspace are: the ``[identity]`` of its ``trimtab.toml``."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from core.access.roles import AccessRole
from core.errors import suggestion
from core.settings_text import Problems, table_of, text_of

Network = IPv4Network | IPv6Network
Roles = Mapping[str, frozenset[AccessRole]]


class IdentityMode(StrEnum):
    """Where people's names come from: the operating system, a proxy's headers, or OpenID Connect."""

    LOCAL = "local"
    PROXY = "proxy"
    OIDC = "oidc"


IDENTITY_KEYS: Mapping[str, str] = {
    "mode": "local, proxy or oidc",
    "address": "the dashboard's public address",
    "header": "header in which the proxy names who is signed in",
    "groups_header": "header in which it lists their groups",
    "proxies": "addresses from which that header is believed",
    "secret_env": "environment variable of a secret that the proxy must send",
    "metadata_url": "the provider's description",
    "client_id": "name of Trimtab at the provider",
    "client_secret_env": "environment variable of Trimtab's secret at the provider",
    "scope": "what is asked of the provider",
    "name_claim": "claim that names a person",
    "groups_claim": "claim that lists their groups",
    "idle_h": "hours after which a session ends that nobody uses",
    "absolute_h": "hours after which a session ends in any case",
    "default_roles": "roles of everybody who is signed in",
    "groups": "table: group → list of roles",
    "people": "table: person → list of roles",
}
SECRET_HEADER = "X-Trimtab-Secret"
"""Header in which a proxy sends its secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """How people are known, and which roles they have; see docs/settings.md for each key."""

    mode: IdentityMode = IdentityMode.LOCAL
    address: str = ""
    header: str = "X-Forwarded-User"
    groups_header: str = "X-Forwarded-Groups"
    proxies: tuple[Network, ...] = ()
    secret_env: str | None = None
    metadata_url: str = ""
    client_id: str = ""
    client_secret_env: str = ""
    scope: str = "openid email profile"
    name_claim: str = "email"
    groups_claim: str = "groups"
    idle: timedelta = timedelta(hours=8)
    absolute: timedelta = timedelta(hours=24)
    default_roles: frozenset[AccessRole] = frozenset({AccessRole.VIEWER})
    groups: Roles = field(default_factory=dict)
    people: Roles = field(default_factory=dict)

    @property
    def team(self) -> bool:
        """Whether people sign in, so that four eyes can be asked for."""
        return self.mode is not IdentityMode.LOCAL

    @property
    def host(self) -> str | None:
        """The host of the public address, with its port; None where there is none."""
        return urlsplit(self.address).netloc or None

    def roles_of(self, name: str, groups: Collection[str]) -> frozenset[AccessRole]:
        """Return a person's roles: everybody's, their groups' and their own.

        Examples
        --------
        >>> settings = IdentitySettings(groups={"risk": frozenset({AccessRole.APPROVER})})
        >>> sorted(role.value for role in settings.roles_of("bob", ["risk", "other"]))
        ['approver', 'viewer']
        """
        found = set(self.default_roles) | self.people.get(name, frozenset())
        for group in groups:
            found |= self.groups.get(group, frozenset())
        return frozenset(found)


def parse_identity(entry: Mapping[str, object], problems: Problems) -> IdentitySettings:
    """Read the section; what is wrong is added to ``problems``."""
    problems.unknown(entry, tuple(IDENTITY_KEYS), "identity.")
    plain = IdentitySettings()
    texts = {key: text_of(entry, key, "identity", problems) for key in _TEXTS}
    mode = texts["mode"] or IdentityMode.LOCAL.value
    if mode not in set(IdentityMode):
        problems.say("identity.mode", f"'{mode}' is none", suggestion(mode, [*IdentityMode]))
        return plain
    found = IdentitySettings(
        mode=IdentityMode(mode),
        address=(texts["address"] or "").rstrip("/"),
        header=texts["header"] or plain.header,
        groups_header=texts["groups_header"] or plain.groups_header,
        proxies=_networks(entry, problems),
        secret_env=texts["secret_env"],
        metadata_url=texts["metadata_url"] or "",
        client_id=texts["client_id"] or "",
        client_secret_env=texts["client_secret_env"] or "",
        scope=texts["scope"] or plain.scope,
        name_claim=texts["name_claim"] or plain.name_claim,
        groups_claim=texts["groups_claim"] or plain.groups_claim,
        idle=_hours(entry, "idle_h", plain.idle, problems),
        absolute=_hours(entry, "absolute_h", plain.absolute, problems),
        default_roles=_roles(entry["default_roles"], "identity.default_roles", problems)
        if "default_roles" in entry
        else plain.default_roles,
        groups=_by_name(entry, "groups", problems),
        people=_by_name(entry, "people", problems),
    )
    _check(found, problems)
    return found


_TEXTS = (
    "mode",
    "address",
    "header",
    "groups_header",
    "secret_env",
    "metadata_url",
    "client_id",
    "client_secret_env",
    "scope",
    "name_claim",
    "groups_claim",
)
_NEEDED: Mapping[IdentityMode, tuple[str, ...]] = {
    IdentityMode.LOCAL: (),
    IdentityMode.PROXY: ("address",),
    IdentityMode.OIDC: ("address", "metadata_url", "client_id", "client_secret_env"),
}


def _check(found: IdentitySettings, problems: Problems) -> None:
    for key in _NEEDED[found.mode]:
        if not getattr(found, key):
            problems.say(f"identity.{key}", "is missing", f'mode = "{found.mode}" needs it')
    if found.mode is IdentityMode.PROXY and not found.proxies and found.secret_env is None:
        remedy = "name the proxy's address, or a secret that it sends: else anybody may say who they are"
        problems.say("identity.proxies", "is missing, and secret_env too", remedy)
    for key in ("address", "metadata_url"):
        text = getattr(found, key)
        parts = urlsplit(text)
        if text and (parts.scheme not in {"http", "https"} or not parts.netloc):
            problems.say(f"identity.{key}", f"{text!r} is no address", "write https://…")
    if urlsplit(found.address).netloc and urlsplit(found.address).path:
        problems.say("identity.address", "has a path", "Trimtab is served at the root of its own host name")


def _hours(entry: Mapping[str, object], key: str, unsaid: timedelta, problems: Problems) -> timedelta:
    value = entry.get(key)
    if value is None:
        return unsaid
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 24 * 365:
        problems.say(f"identity.{key}", f"{value!r} cannot be used", "write a number of hours above 0")
        return unsaid
    return timedelta(hours=value)


def _networks(entry: Mapping[str, object], problems: Problems) -> tuple[Network, ...]:
    value = entry.get("proxies", [])
    if not isinstance(value, list):
        problems.say("identity.proxies", "is no list", 'write ["10.0.0.5", "10.1.0.0/16"]')
        return ()
    found = []
    for text in value:
        try:
            found.append(ip_network(str(text)))
        except ValueError:
            problems.say("identity.proxies", f"{text!r} is no address", 'write "10.0.0.5" or "10.1.0.0/16"')
    return tuple(found)


def _by_name(entry: Mapping[str, object], key: str, problems: Problems) -> Roles:
    named = table_of(entry, key, problems)
    return {name: _roles(value, f"identity.{key}.{name}", problems) for name, value in named.items()}


def _roles(value: object, where: str, problems: Problems) -> frozenset[AccessRole]:
    known = [role.value for role in AccessRole]
    if not isinstance(value, list):
        problems.say(where, "is no list of roles", f"known: {', '.join(known)}")
        return frozenset()
    for text in value:
        if text not in known:
            problems.say(where, f"{text!r} is no role", suggestion(str(text), known))
    return frozenset(AccessRole(text) for text in value if text in known)
