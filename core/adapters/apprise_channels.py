"""Channels by Apprise: mail, chat, pagers, webhooks, each named by one address."""

import logging
import os
import re
from collections.abc import Sequence
from typing import Any

import httpx

from core.alert_settings import ChannelSettings
from core.errors import Unavailable
from core.ports import Channel

TIMEOUT_S = 10.0
_ERROR = re.compile(r"error=(\d{3})")


class AppriseChannel:
    """One channel; its address is read from the environment when something is sent, and never shown.

    Parameters
    ----------
    name
        What the settings call it.
    variable
        Environment variable that holds its Apprise address.
    """

    def __init__(self, name: str, variable: str) -> None:
        self._name = name
        self._variable = variable

    @property
    def name(self) -> str:
        """Its name in this workspace's settings."""
        return self._name

    def problem(self) -> str | None:
        """Return what keeps it from being used, None where nothing is known to."""
        try:
            self._notifier(self._address())
        except Unavailable as error:
            return str(error)
        return None

    def send(self, title: str, text: str) -> None:
        """Send a message; see :class:`core.ports.Channel`."""
        from apprise import LogCapture

        notifier = self._notifier(self._address())
        capture = LogCapture(level=logging.WARNING)  # type: ignore[no-untyped-call]
        with capture as said:
            taken = notifier.notify(title=title, body=text)
            # Of what Apprise says only the number is kept: the rest may quote the address.
            number = _ERROR.search(said.getvalue())
        if not taken:
            told = f"it answered {number[1]}" if number else "it could not be reached, or refused the message"
            raise Unavailable(self._what, told)

    @property
    def _what(self) -> str:
        return f"The channel '{self._name}'"

    def _address(self) -> str:
        address = os.environ.get(self._variable, "").strip()
        if not address:
            hint = f"Set {self._variable} before starting Trimtab."
            raise Unavailable(self._what, f"the environment variable {self._variable} is not set", hint=hint)
        return address

    def _notifier(self, address: str) -> Any:
        # Late: whoever has no channels does without its two hundred services.
        from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode

        asset = AppriseAsset(
            app_id="Trimtab",
            app_desc="Trimtab",
            app_url="",
            image_url_mask="",
            image_url_logo="",
            storage_mode=PersistentStoreMode.MEMORY,
            body_format=NotifyFormat.TEXT,
        )
        notifier = Apprise(asset=asset)
        if not notifier.add(address):
            hint = "See Apprise's list of services for how the address of one is written."
            raise Unavailable(self._what, f"{self._variable} holds no address that Apprise knows", hint=hint)
        return notifier


class Beacon(AppriseChannel):
    """A dead man's switch: an http address is asked for, any other is sent a message."""

    def send(self, title: str, text: str) -> None:
        """Say that all is well; see :class:`core.ports.Channel`."""
        address = self._address()
        if not address.startswith(("http://", "https://")):
            super().send(title, text)
            return
        try:
            answer = httpx.get(address, timeout=TIMEOUT_S, trust_env=False, follow_redirects=True)
        except httpx.HTTPError as error:
            raise Unavailable(self._what, type(error).__name__) from None
        if not answer.is_success:
            raise Unavailable(self._what, f"it answered {answer.status_code}")

    def problem(self) -> str | None:
        """Return what keeps it from being used, None where nothing is known to."""
        if os.environ.get(self._variable, "").strip().startswith(("http://", "https://")):
            return None
        return super().problem()


def open_channels(settings: Sequence[ChannelSettings]) -> dict[str, Channel]:
    """Return the channels of a workspace by name; nothing is sent yet."""
    return {one.name: AppriseChannel(one.name, one.url_env) for one in settings}


def open_beacon(variable: str | None) -> Channel | None:
    """Return the dead man's switch that a variable names, None where none does."""
    return None if variable is None else Beacon("heartbeat", variable)
