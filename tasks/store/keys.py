"""Ed25519 keys of people who decide and sign: the private one in a file of theirs outside any home, the public one in people.yml."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.model.errors import LedgerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

OWNER_ONLY = 0o600


def default_key_file(person_ref: str) -> Path:
    """Return where a person's private key lies unless they say otherwise: in their own configuration folder."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / "sla-ledger" / f"{person_ref}.pem"


def new_key(file: Path, *, outside: Path) -> str:
    """Make a key, write its private half to a new file that only its owner may read, and return the public half (base64).

    Raises:
        LedgerError: If the file exists, or lies in the home `outside` of which keys belong.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    place = file.expanduser().resolve()
    if place.is_relative_to(outside.resolve()):
        raise LedgerError(
            "a private key does not belong in a home, which is copied and sealed", where=str(file), fix="name a file elsewhere"
        )
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as private:
            private.write(text)
    except FileExistsError as error:
        raise LedgerError("there is a key already, and it is never overwritten", where=str(file), fix="name another file") from error
    except OSError as error:
        raise LedgerError(f"the key cannot be written: {error.strerror}", where=str(file), fix="name another file") from error
    return _public_half(key)


class Signer:
    """A person's private key, read once."""

    def __init__(self, file: Path) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        fix = "name the file with --key, or make a key: sla key new"
        try:
            if file.stat().st_mode & 0o077:
                raise LedgerError("others may read this private key", where=str(file), fix=f"chmod 600 {file}")
            key = serialization.load_pem_private_key(file.read_bytes(), password=None)
        except OSError as error:
            raise LedgerError(f"the private key cannot be read: {error.strerror}", where=str(file), fix=fix) from error
        except (ValueError, TypeError) as error:
            raise LedgerError("this is no private key without a password", where=str(file), fix=fix) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise LedgerError("this is no Ed25519 key", where=str(file), fix=fix)
        self._key = key
        self.public_key = _public_half(key)

    def sign(self, text: str) -> str:
        """Return the signature over a text, such as a hash in hex (base64)."""
        return base64.b64encode(self._key.sign(text.encode())).decode()


def is_signed(text: str, public_key: str, signature: str) -> bool:
    """Tell whether a signature over a text is that key's; anything malformed is not."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _public_half(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
