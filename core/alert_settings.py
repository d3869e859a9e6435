"""Whom to tell about incidents, and how: the ``[alerts]`` of a workspace's ``trimtab.toml``.

Addresses of channels hold secrets: the settings name environment variables, never the addresses themselves.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from core.domain import Severity
from core.settings_text import Problems, table_of, text_of

ALERT_KEYS: Mapping[str, str] = {
    "link": "address of the pane, put before the links in messages",
    "cooldown": "shortest time between two openings of one incident that one channel is told of",
    "heartbeat_env": "environment variable that holds the address of a dead man's switch",
    "heartbeat_every": "time between two pings of it",
}
CHANNEL_KEYS: Mapping[str, str] = {"url_env": "environment variable that holds the channel's Apprise address"}
ROUTE_KEYS: Mapping[str, str] = {
    "channels": "names of channels: the first is told, the next if nobody acknowledges",
    "severities": "critical, warning",
    "units": "units of the models",
    "owners": "owners of the models",
    "escalate_after": "time without acknowledgement after which the next channel is told",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPAN = re.compile(r"([1-9]\d{0,4})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """One channel: its name, and the environment variable that holds its address."""

    name: str
    url_env: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which incidents go where; an empty set leaves nothing out.

    ``channels`` are told one after the other, each after ``escalate_after`` more without acknowledgement.
    """

    name: str
    channels: tuple[str, ...]
    severities: frozenset[Severity] = frozenset()
    units: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    escalate_after: timedelta = timedelta(minutes=15)

    def concerns(self, units: frozenset[str], owners: frozenset[str]) -> bool:
        """Tell whether incidents of models of those units and owners go this way, if severe enough."""
        by_unit = not self.units or not self.units.isdisjoint(units)
        return by_unit and (not self.owners or not self.owners.isdisjoint(owners))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Channels, routes, and how often; without routes every channel is told everything."""

    channels: tuple[ChannelSettings, ...] = ()
    routes: tuple[Route, ...] = ()
    link: str | None = None
    cooldown: timedelta = timedelta(minutes=30)
    heartbeat_env: str | None = None
    heartbeat_every: timedelta = timedelta(minutes=5)
    every_route: tuple[Route, ...] = field(init=False)

    def __post_init__(self) -> None:
        alone = tuple(Route(name=one.name, channels=(one.name,)) for one in self.channels)
        object.__setattr__(self, "every_route", self.routes or alone)


def parse_alerts(table: Mapping[str, object], problems: Problems) -> AlertSettings:
    """Read the ``[alerts]`` table; what is wrong is added to ``problems``.

    Examples
    --------
    >>> problems = Problems()
    >>> found = parse_alerts({"channels": {"chat": {"url_env": "CHAT"}}, "cooldown": "1h"}, problems)
    >>> found.every_route[0].channels, found.cooldown, problems
    (('chat',), datetime.timedelta(seconds=3600), [])
    >>> _ = parse_alerts({"routes": {"all": {"channels": ["mail"]}}}, problems)
    >>> print(problems[0])
    alerts.routes.all.channels: 'mail' is not a channel (add [alerts.channels.mail])
    """
    problems.unknown(table, (*ALERT_KEYS, "channels", "routes"), "alerts.")
    link = text_of(table, "link", "alerts", problems)
    if link is not None and (urlsplit(link).scheme not in {"http", "https"} or "@" in urlsplit(link).netloc):
        problems.say("alerts.link", f"{link!r} is no address", "write https://… without a password in it")
    default = AlertSettings()
    channels = _channels(table_of(table, "channels", problems), problems)
    names = [one.name for one in channels]
    return AlertSettings(
        channels=channels,
        routes=tuple(
            _route(name, entry, names, problems)
            for name, entry in table_of(table, "routes", problems).items()
        ),
        link=None if link is None else link.rstrip("/"),
        cooldown=_span(table, "cooldown", "alerts", problems) or default.cooldown,
        heartbeat_env=_variable(table, "heartbeat_env", "alerts", problems),
        heartbeat_every=_span(table, "heartbeat_every", "alerts", problems) or default.heartbeat_every,
    )


def _channels(table: Mapping[str, object], problems: Problems) -> tuple[ChannelSettings, ...]:
    found = []
    for name, entry in table.items():
        where = f"alerts.channels.{name}"
        if not _NAME.fullmatch(name):
            problems.say(where, "is not a short name", "use letters, digits, '_' and '-' only")
        elif not isinstance(entry, dict):
            problems.say(where, "is not a table", f"write [{where}] above its settings")
        else:
            problems.unknown(entry, tuple(CHANNEL_KEYS), f"{where}.")
            url_env = _variable(entry, "url_env", where, problems)
            if url_env is None and "url_env" not in entry:
                problems.say(f"{where}.url_env", "is missing", "name the variable that holds the address")
            found.append(ChannelSettings(name=name, url_env=url_env or ""))
    return tuple(found)


def _route(name: str, entry: object, known: Sequence[str], problems: Problems) -> Route:
    where = f"alerts.routes.{name}"
    if not isinstance(entry, dict):
        problems.say(where, "is not a table", f"write [{where}] above its settings")
        return Route(name=name, channels=())
    problems.unknown(entry, tuple(ROUTE_KEYS), f"{where}.")
    channels = _texts(entry, "channels", where, problems)
    if not channels:
        problems.say(f"{where}.channels", "is missing", "name the channels to tell, in order")
    for channel in channels:
        if channel not in known:
            problems.say(
                f"{where}.channels", f"'{channel}' is not a channel", f"add [alerts.channels.{channel}]"
            )
    severities = _texts(entry, "severities", where, problems)
    for severity in severities:
        if severity not in set(Severity):
            problems.say(f"{where}.severities", f"'{severity}' is none", "write critical or warning")
    return Route(
        name=name,
        channels=channels,
        severities=frozenset(Severity(one) for one in severities if one in set(Severity)),
        units=frozenset(_texts(entry, "units", where, problems)),
        owners=frozenset(_texts(entry, "owners", where, problems)),
        escalate_after=_span(entry, "escalate_after", where, problems) or timedelta(minutes=15),
    )


def _texts(entry: Mapping[str, object], key: str, where: str, problems: Problems) -> tuple[str, ...]:
    value = entry.get(key, [])
    if isinstance(value, list) and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    problems.say(f"{where}.{key}", "is not a list of texts", 'write ["one", "another"]')
    return ()


def _variable(entry: Mapping[str, object], key: str, where: str, problems: Problems) -> str | None:
    value = text_of(entry, key, where, problems)
    if value is None or _VARIABLE.fullmatch(value):
        return value
    # Most likely the secret itself: it is not repeated.
    problems.say(f"{where}.{key}", "is not the name of a variable", "put the address into one, and name that")
    return None


def _span(entry: Mapping[str, object], key: str, where: str, problems: Problems) -> timedelta | None:
    value = entry.get(key)
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    if value is not None:
        problems.say(f"{where}.{key}", f"{value!r} cannot be used", 'write "30s", "15m", "2h" or "1d"')
    return None
