"""What was said before of a period: its sealed packs, by the journal's seals, read from their bundles (R-RS1)."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.model.errors import IntegrityError
from tasks.model.identity import sha256_bytes
from tasks.store.bundles import PACK, read_member
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.packs import MANIFEST


@dataclass(frozen=True)
class Sealed:
    """One seal of the journal. `inputs_seq` is the newest journal row among the pack's inputs."""

    occasion: str
    period: str
    run_id: str
    manifest_sha256: str
    inputs_seq: int
    is_simulated: bool


@dataclass(frozen=True)
class Said:
    """What a sealed pack said: its manifest, and tables of it."""

    manifest: Mapping[str, Any]
    tables: Mapping[str, pa.Table]

    @property
    def run_id(self) -> str:
        """Return the pack's run."""
        return str(self.manifest["run_id"])

    @property
    def as_of(self) -> datetime:
        """Return what it knew."""
        return datetime.fromisoformat(self.manifest["as_of"])


def sealed_packs(journal: Journal, occasion: str, period: str) -> list[Sealed]:
    """Return the seals of a period's packs, oldest first."""
    seals = [(row, row.body) for row in journal.rows(("seal",)) if row.body]
    return [
        Sealed(occasion, period, body["run_id"], body["manifest_sha256"], body["journal_head_seq"], row.is_simulated)
        for row, body in seals
        if body["pack_id"].split("/")[:2] == [occasion, period]
    ]


def newest_base(home: Home, sealed: Sequence[Sealed], as_of: datetime) -> Sealed | None:
    """Return the newest pack that another may be held against: no preview, none that looked from a later instant, its bundle at hand."""
    for pack in reversed(sealed):
        manifest = _manifest(home, pack)
        if manifest and not manifest["is_preview"] and datetime.fromisoformat(manifest["as_of"]) <= as_of:
            return pack
    return None


def read_said(home: Home, pack: Sealed, tables: Sequence[str]) -> Said:
    """Return what a sealed pack said, held against its seal.

    Raises:
        IntegrityError: If its bundle is missing or is not what was sealed.
    """
    manifest = _manifest(home, pack)
    if manifest is None:
        raise _altered(pack, "is missing, or its manifest is not the one that was sealed")
    promised = {entry["path"]: entry["sha256"] for entry in manifest["tables"]}
    paths = {name: f"tables/{name}.parquet" for name in tables}
    contents = {name: _member(home, pack, path) for name, path in paths.items() if path in promised}
    altered = [paths[name] for name, content in contents.items() if sha256_bytes(content) != promised[paths[name]]]
    if altered:
        raise _altered(pack, f"was altered: {', '.join(altered)}")
    return Said(manifest, {name: pq.read_table(io.BytesIO(content)) for name, content in contents.items()})


def _manifest(home: Home, pack: Sealed) -> dict[str, Any] | None:
    content = _member(home, pack, MANIFEST)
    return json.loads(content) if sha256_bytes(content) == pack.manifest_sha256 else None


def _member(home: Home, pack: Sealed, path: str) -> bytes:
    bundle = home.bundle(pack.occasion, pack.period, pack.run_id)
    return read_member(bundle, PACK + path) if bundle.is_file() else b""


def _altered(pack: Sealed, what: str) -> IntegrityError:
    where = f"archived/{pack.occasion}/{pack.period}/{pack.run_id}.zip"
    return IntegrityError(f"the bundle that this month is held against {what}", where=where, fix="bring it back from a backup")
