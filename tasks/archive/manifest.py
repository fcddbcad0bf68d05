"""What a manifest promises, and whether files keep it: the one comparison that sealing and verifying share (tables.yml `manifest`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.model.run import pack_id_of
from tasks.store.bundles import PACK

MANIFEST = "manifest.json"
MANIFEST_MEMBER = PACK + MANIFEST
JOURNAL_MEMBER = "journal.ndjson"


@dataclass(frozen=True)
class Promise:
    """A manifest as sealing and verifying read it. Digests are by path: in the pack's folder, and in the home."""

    pack_id: str
    run_id: str
    occasion: str
    period: str
    content_sha256: str
    home: Mapping[str, Any]
    inputs: tuple[Mapping[str, Any], ...]
    inputs_head: Mapping[str, Any]
    pack: Mapping[str, str]
    reference: Mapping[str, str]

    @property
    def members(self) -> dict[str, str]:
        """Return the digest of every member of the bundle but the manifest and the journal."""
        return {PACK + path: sha256 for path, sha256 in self.pack.items()} | dict(self.reference)


def read_promise(content: bytes) -> Promise | None:
    """Return what a manifest promises; None if it is none."""
    try:
        body = json.loads(content)
        return Promise(
            pack_id=pack_id_of(body),
            run_id=body["run_id"],
            occasion=body["occasion"],
            period=body["period"],
            content_sha256=body["content_sha256"],
            home=body["home"],
            inputs=tuple(body["inputs"]),
            inputs_head={"seq": body["inputs_head"]["seq"], "hash": body["inputs_head"]["hash"]},
            pack={entry["path"]: entry["sha256"] for entry in (*body["tables"], *body["pages"])},
            reference={entry["path"]: entry["sha256"] for entry in body["reference"]},
        )
    except (ValueError, KeyError, TypeError):
        return None


def differences(promised: Mapping[str, str], found: Mapping[str, str], *, besides: Iterable[str] = ()) -> list[str]:
    """Return every file altered, missing or added, by name.

    Args:
        promised: sha256 by name.
        found: sha256 by name.
        besides: Names that may be found although nothing is promised about them here.
    """
    verdicts = {name: "altered" for name in promised if name in found and found[name] != promised[name]}
    verdicts |= {name: "missing" for name in promised if name not in found}
    verdicts |= {name: "added" for name in found if name not in promised and name not in besides}
    return [f"{name}: {verdict}" for name, verdict in sorted(verdicts.items())]
