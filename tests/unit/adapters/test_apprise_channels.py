"""Channels by Apprise, against a server of our own: no message leaves this machine."""

import json
from collections.abc import Iterator
from threading import Thread

import pytest

from core.adapters.apprise_channels import AppriseChannel, Beacon, open_beacon, open_channels
from core.alert_settings import ChannelSettings
from core.errors import Unavailable
from tests.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def channel(receiver, monkeypatch) -> AppriseChannel:
    monkeypatch.setenv("CHAT", f"json://ann:s3cret@{receiver.address}/hook")
    return AppriseChannel("chat", "CHAT")


def test_a_message_arrives_as_it_was_written(channel, receiver):
    channel.send("Critical: loans_eu", "Drift on a_b.\nhttps://pane/activity?model=x&incident=1\n*not bold*")
    ((path, body),) = receiver.taken
    sent = json.loads(body)
    assert path == "/hook"
    assert sent["title"] == "Critical: loans_eu"
    assert sent["message"] == "Drift on a_b.\nhttps://pane/activity?model=x&incident=1\n*not bold*"


@pytest.mark.parametrize("code", [401, 500])
def test_what_is_refused_says_the_number_and_never_the_address(channel, receiver, code):
    receiver.code = code
    with pytest.raises(Unavailable, match=f"it answered {code}") as caught:
        channel.send("t", "x")
    assert "s3cret" not in str(caught.value)
    assert receiver.address not in str(caught.value)


def test_a_channel_that_nobody_serves_is_unavailable(channel, monkeypatch):
    monkeypatch.setenv("CHAT", "json://127.0.0.1:9/")
    with pytest.raises(Unavailable, match="could not be reached"):
        channel.send("t", "x")


@pytest.mark.parametrize(("address", "told"), [("", "is not set"), ("nonsense://x y", "no address")])
def test_an_address_that_is_none_shows_without_sending(channel, monkeypatch, address, told):
    assert channel.problem() is None
    monkeypatch.setenv("CHAT", address)
    assert told in (channel.problem() or "")
    with pytest.raises(Unavailable, match=told):
        channel.send("t", "x")


def test_a_switch_is_asked_for_by_http_or_sent_a_message(receiver, monkeypatch):
    monkeypatch.setenv("ALIVE", f"http://{receiver.address}/ping/123")
    beacon = Beacon("heartbeat", "ALIVE")
    assert beacon.problem() is None
    beacon.send("t", "x")
    assert receiver.taken == [("/ping/123", "")]
    receiver.code = 404
    with pytest.raises(Unavailable, match="it answered 404"):
        beacon.send("t", "x")
    monkeypatch.setenv("ALIVE", "http://127.0.0.1:9/")
    with pytest.raises(Unavailable, match="ConnectError"):
        beacon.send("t", "x")
    receiver.code = 200
    monkeypatch.setenv("ALIVE", f"json://{receiver.address}/")
    beacon.send("Trimtab is alive", "x")
    assert json.loads(receiver.taken[-1][1])["title"] == "Trimtab is alive"
    monkeypatch.setenv("ALIVE", "")
    assert "is not set" in (beacon.problem() or "")


def test_settings_name_them():
    opened = open_channels([ChannelSettings(name="chat", url_env="CHAT")])
    assert {name: one.name for name, one in opened.items()} == {"chat": "chat"}
    assert open_beacon(None) is None
    found = open_beacon("ALIVE")
    assert found is not None
    assert found.name == "heartbeat"
