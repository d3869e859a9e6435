"""The client's calls about who asks and who is signed in."""

from typing import cast
from urllib.parse import quote

from core import wire
from core.access.sign_in import Me, Session
from core.client.asker import Asker


class PeopleCalls(Asker):
    """What :class:`core.client.Client` can ask about people."""

    def me(self) -> Me:
        """Return who asks, as control takes them; raises ``Unauthorised`` where nobody is signed in."""
        return wire.me_of(cast("wire.MeObject", self._get("me")))

    def sign_out(self) -> None:
        """End the session of who asks."""
        self._send("POST", "me/sign-out")

    def sessions(self) -> list[Session]:
        """Return the sessions that are open, the one used last first."""
        found = cast("list[wire.SessionObject]", self._get("sessions"))
        return [wire.session_of(each) for each in found]

    def revoke_session(self, key: str) -> Session:
        """End a session at once."""
        answer = self._send("POST", f"sessions/{quote(key, safe='')}/revoke")
        return wire.session_of(cast("wire.SessionObject", answer.json()))
