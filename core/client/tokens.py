"""The client's calls about tokens of the API."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from core import wire
from core.access.tokens import Token
from core.client.asker import Asker


class TokenCalls(Asker):
    """What :class:`core.client.Client` can ask about tokens."""

    def create_token(
        self, name: str, *, scopes: Sequence[str], roles: Sequence[str] = (), until: str | None = None
    ) -> str:
        """Make a token and return its secret, which nothing returns again; spans count from now."""
        wanted: dict[str, object] = {"name": name, "scopes": list(scopes)}
        if roles:
            wanted["roles"] = list(roles)
        if until is not None:
            wanted["until"] = until
        made = cast("wire.NewTokenObject", self._send("POST", "tokens", json=wanted).json())
        return made["token"]

    def tokens(self) -> list[Token]:
        """Return all tokens that were ever made, without their secrets."""
        found = cast("list[wire.TokenObject]", self._get("tokens"))
        return [wire.token_of(each) for each in found]

    def revoke_token(self, name: str) -> Token:
        """Let a token open nothing from now on."""
        answer = self._send("POST", f"tokens/{quote(name, safe='')}/revoke")
        return wire.token_of(cast("wire.TokenObject", answer.json()))
