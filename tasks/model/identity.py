"""Names that follow from content: canonical JSON (RFC 8785), sha256 and short ids (entities.yml `identities`, tables.yml `ids`)."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any


def canonical_json(value: Any) -> str:
    """Return the RFC 8785 text of a JSON value without floats.

    Raises:
        TypeError: For floats and other types; exact numbers travel as text.
    """
    match value:
        case None | bool() | int():
            return json.dumps(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return "[" + ",".join(canonical_json(item) for item in value) + "]"
        case dict():
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))
            return "{" + ",".join(f"{canonical_json(name)}:{canonical_json(value[name])}" for name in names) + "}"
    raise TypeError(f"no canonical JSON for {type(value).__name__}")


def sha256_text(text: str) -> str:
    """Return the lower-case hex sha256 of the text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_json(value: Any) -> str:
    """Return the lower-case hex sha256 of the value's canonical JSON."""
    return sha256_text(canonical_json(value))


def sha256_bytes(content: bytes) -> str:
    """Return the sha256 hex digest of bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the lower-case hex sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def short_id(letter: str, parts: list[Any]) -> str:
    """Return `<letter>-` and the first 12 characters of base32(sha256(canonical JSON array of the parts)); sets come sorted."""
    return f"{letter}-{_base32_12(canonical_json(parts))}"


def incident_id(founder_raw_id: str) -> str:
    """Return the id of the incident founded by a raw record: the hash of raw_id as text, not as an array."""
    return f"I-{_base32_12(founder_raw_id)}"


def _base32_12(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:12]
