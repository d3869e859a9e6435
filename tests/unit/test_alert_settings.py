"""The ``[alerts]`` of a workspace's settings: what is wrong is told at once, and no secret is repeated."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.config import Workspace, parse_settings
from core.domain import Severity
from core.errors import InvalidInput

GOOD = """
[alerts]
link = "https://trimtab.example/"
cooldown = "1h"
heartbeat_env = "ALIVE"
heartbeat_every = "10m"
[alerts.channels.chat]
url_env = "CHAT"
[alerts.channels.pager]
url_env = "PAGER"
[alerts.routes.lending]
channels = ["chat", "pager"]
severities = ["critical"]
units = ["lending"]
escalate_after = "5m"
"""


def parsed(text: str):
    return parse_settings(text, Workspace(Path("/nowhere"))).alerts


def test_channels_and_routes_are_read():
    found = parsed(GOOD)
    assert [(one.name, one.url_env) for one in found.channels] == [("chat", "CHAT"), ("pager", "PAGER")]
    (route,) = found.every_route
    assert route.channels == ("chat", "pager")
    assert route.severities == {Severity.CRITICAL}
    assert route.escalate_after == timedelta(minutes=5)
    assert (found.link, found.cooldown) == ("https://trimtab.example", timedelta(hours=1))
    assert (found.heartbeat_env, found.heartbeat_every) == ("ALIVE", timedelta(minutes=10))


def test_nothing_said_is_nobody_told():
    assert parsed("").every_route == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[alerts]\nlinks = 'x'", "alerts.links: is not a setting (did you mean 'link'?)"),
        ("[alerts]\ncooldown = 5", "alerts.cooldown: 5 cannot be used"),
        ("[alerts]\nlink = 'http://me:pw@host'", "without a password"),
        ("[alerts.channels]\nchat = 'x'", "alerts.channels.chat: is not a table"),
        ("[alerts.channels.'a b']\nurl_env = 'X'", "is not a short name"),
        ("[alerts.channels.chat]", "alerts.channels.chat.url_env: is missing"),
        ("[alerts.channels.chat]\nurl = 'X'", "alerts.channels.chat.url: is not a setting"),
        ("[alerts.routes.a]", "alerts.routes.a.channels: is missing"),
        ("[alerts.routes.a]\nchannels = ['x']", "'x' is not a channel (add [alerts.channels.x])"),
        ("[alerts.routes.a]\nchannels = 'x'", "is not a list of texts"),
        ("[alerts.routes.a]\nseverities = ['bad']", "'bad' is none"),
        ("[alerts.routes]\na = 1", "alerts.routes.a: is not a table"),
    ],
)
def test_what_cannot_be_used_is_told(text: str, told: str):
    with pytest.raises(InvalidInput) as caught:
        parsed(text)
    assert told in str(caught.value)


def test_an_address_in_the_place_of_its_variable_is_not_repeated():
    with pytest.raises(InvalidInput) as caught:
        parsed("[alerts.channels.mail]\nurl_env = 'mailto://ann:secret@example.com'")
    assert "is not the name of a variable" in str(caught.value)
    assert "secret" not in str(caught.value)
