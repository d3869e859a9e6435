"""The workspace's signing key: one private file, made once, and what a change of keys leaves on disk."""

import os
from dataclasses import dataclass
from pathlib import Path

from core.chain.signing import Signer
from core.errors import IntegrityError, Unavailable

PRIVATE = "ledger.key"
PUBLIC = "ledger.pub"
_NEXT = "ledger.key.next"


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Where the key lies; ``ledger.key`` is readable by the owner only, ``ledger.pub`` is for auditors."""

    folder: Path

    def ensure(self) -> Signer:
        """Return the key, made now where there is none; raises ``Unavailable``, ``IntegrityError``."""
        path = self.folder / PRIVATE
        try:
            if not path.exists():
                self.folder.mkdir(exist_ok=True, mode=0o700)
                self._take(self._put(_NEXT, Signer.made().private_pem()))
            return Signer.read(path.read_bytes())
        except OSError as error:
            raise Unavailable(str(path), error.strerror or str(error)) from error

    def of(self, public: str) -> Signer:
        """Return the private half of a public key.

        A change of keys that was cut off after it was put on record is finished first.

        Raises
        ------
        IntegrityError
            The key is not here.
        """
        for name in (PRIVATE, _NEXT):
            path = self.folder / name
            if path.exists():
                try:
                    found = Signer.read(path.read_bytes())
                except OSError as error:
                    raise Unavailable(str(path), error.strerror or str(error)) from error
                if found.public == public:
                    if name == _NEXT:
                        self.take_next()
                    return found
        raise IntegrityError(
            f"The key that signs this ledger is not in {self.folder}",
            hint=f"Put {PRIVATE} back from a backup; entries are recorded meanwhile, checkpoints are not.",
        )

    def make_next(self) -> Signer:
        """Make the key that shall follow, beside the one in use."""
        made = Signer.made()
        try:
            self._put(_NEXT, made.private_pem())
        except OSError as error:
            raise Unavailable(str(self.folder), error.strerror or str(error)) from error
        return made

    def take_next(self) -> None:
        """Let the next key take the place of the one in use, once that is on record."""
        self._take(self.folder / _NEXT)

    def _take(self, path: Path) -> None:
        public = self._put(f"{PUBLIC}.next", Signer.read(path.read_bytes()).public_pem(), mode=0o644)
        path.replace(self.folder / PRIVATE)
        public.replace(self.folder / PUBLIC)

    def _put(self, name: str, content: bytes, mode: int = 0o600) -> Path:
        path = self.folder / name
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return path
