"""Ed25519 signatures: the one door to the package ``cryptography``."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from core.errors import IntegrityError


class Signer:
    """A private key that signs; ``public`` is its public half, 64 hexadecimal digits."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @classmethod
    def made(cls) -> "Signer":
        """Make a new key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, pem: bytes) -> "Signer":
        """Read a private key; raises ``IntegrityError`` where it is none."""
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise IntegrityError("The ledger's key cannot be read: it is no private key in PEM") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise IntegrityError("The ledger's key is not an Ed25519 key")
        return cls(key)

    def private_pem(self) -> bytes:
        """Return the private key as PEM (PKCS #8), not encrypted."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public_pem(self) -> bytes:
        """Return the public key as PEM."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> str:
        """Return the signature of a message, 128 hexadecimal digits."""
        return self._key.sign(message).hex()


def is_signed(public: str, message: bytes, signature: str) -> bool:
    """Say whether a signature is of this message by the owner of this public key; never raises."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
