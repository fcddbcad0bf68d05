"""The home's key for pseudonyms (DOMAIN 8): one a region, made when it is first needed, in no bundle, never logged.

Who has it can tell who a pseudonym is; who loses it gets other pseudonyms for the same people. It is copied with the home, and kept from
those who read packs.
"""

from __future__ import annotations

import os
import re
import secrets

from tasks.model.errors import LedgerError
from tasks.store.home import Home

BLOCK = 64  # bytes that HMAC-SHA256 pads its key to
OWNER_ONLY = 0o600
FORM = re.compile(r"[0-9a-f]{64}")


def region_key(home: Home) -> bytes:
    """Return the key (32 bytes), made if the home has none.

    Raises:
        LedgerError: If it cannot be read or written, or is no key.
    """
    file = home.region_key_path
    try:
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as new:
                new.write(secrets.token_hex(32) + "\n")
        text = file.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        what = f"the key for pseudonyms cannot be used: {error.strerror}"
        raise LedgerError(what, where=file.name, fix="let its owner run this") from error
    if not FORM.fullmatch(text):
        fix = "bring it back from a backup: with another key people change names"
        raise LedgerError("this is no key for pseudonyms", where=file.name, fix=fix)
    return bytes.fromhex(text)


def pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the inner and the outer pad of HMAC-SHA256 for a key of at most 64 bytes."""
    block = key.ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
