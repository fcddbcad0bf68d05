"""Sealing: a pack and what it was made from as one file with deterministic bytes, and a journal row that says so (DESIGN 9, DOMAIN 7.5).

A bundle holds the pack's folder under `pack/`, the reference files under `reference/`, and `journal.ndjson`: the journal up to the newest
row among the inputs. Raw files are named by the manifest's digests. A bundle gets its name only after its journal row, so that a bundle
without a row was never sealed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tasks.archive.manifest import JOURNAL_MEMBER, MANIFEST, MANIFEST_MEMBER, Promise, differences, read_promise
from tasks.model.errors import IntegrityError
from tasks.model.identity import sha256_file
from tasks.store.bundles import PACK, Member, write_bundle
from tasks.store.home import Home
from tasks.store.journal import Journal, Row, chain_faults
from tasks.store.packs import PackFolder
from tasks.store.raw import place_of
from tasks.store.whole import whole_file


@dataclass(frozen=True)
class Seal:
    """A sealed bundle and its row in the journal."""

    bundle: Path
    seq: int


def seal(home: Home, folder: PackFolder, journal: Journal, *, now: datetime, is_simulated: bool = False) -> Seal:
    """Seal a published pack. Sealing what is sealed already writes nothing and returns the first seal; a lost bundle is made again.

    Raises:
        IntegrityError: If pack, reference files or journal are not what the manifest says, or the run was sealed with another manifest.
    """
    manifest_sha256 = sha256_file(folder.manifest)
    promise = read_promise(folder.manifest.read_bytes())
    if promise is None:
        raise IntegrityError("it is no manifest", where=place_of(home, folder.manifest), fix="publish the pack again")
    bundle = home.bundle(promise.occasion, promise.period, promise.run_id)
    row = _row_of(journal, promise, manifest_sha256)
    if row is not None and bundle.is_file():
        return Seal(bundle, row.seq)
    _refuse_other_files(home, folder, promise)
    members = [*_files(home, folder, promise), Member.of_bytes(JOURNAL_MEMBER, _journal_until(journal, promise.inputs_head))]
    with whole_file(bundle) as file:
        digests = write_bundle(file, members)
        _refuse(
            differences(promise.members | {MANIFEST_MEMBER: manifest_sha256}, digests, besides=[JOURNAL_MEMBER]),
            place_of(home, folder.root),
        )
        row = row or journal.append("seal", _body(promise, manifest_sha256), now=now, is_simulated=is_simulated, object_id=promise.pack_id)
    return Seal(bundle, row.seq)


def _row_of(journal: Journal, promise: Promise, manifest_sha256: str) -> Row | None:
    """Return the seal of this very pack, or None."""
    rows = [row for row in journal.rows(("seal",)) if row.body and row.body["pack_id"] == promise.pack_id]
    if any(row.body and row.body["manifest_sha256"] != manifest_sha256 for row in rows):
        raise IntegrityError(
            "this run was sealed before with another manifest: equal inputs gave other bytes",
            where=promise.pack_id,
            fix="the sealed bundle stays as it is; compare the two manifests, and report it",
        )
    return rows[0] if rows else None


def _refuse_other_files(home: Home, folder: PackFolder, promise: Promise) -> None:
    found = {folder.relative(file): "" for file in folder.root.rglob("*") if file.is_file()}
    _refuse(differences(dict.fromkeys(promise.pack, ""), found, besides=[MANIFEST]), place_of(home, folder.root))


def _files(home: Home, folder: PackFolder, promise: Promise) -> list[Member]:
    pack = [Member.of_file(PACK + path, folder.root / path) for path in (MANIFEST, *promise.pack)]
    places = {path: _reference_file(home, path, sha256) for path, sha256 in promise.reference.items()}
    _refuse([f"{path}: missing" for path, place in places.items() if not place.is_file()], promise.pack_id)
    return pack + [Member.of_file(path, place) for path, place in places.items()]


def _reference_file(home: Home, path: str, sha256: str) -> Path:
    """Return where a reference file lies as the run read it: as recorded in raw, if it has changed since or is gone."""
    recorded = home.raw_file(sha256, Path(path).relative_to(home.reference.name).as_posix())
    return recorded if recorded.is_file() else home.root / path


def _journal_until(journal: Journal, head: Mapping[str, Any]) -> bytes:
    lines = [row.line for row in journal.rows(last_seq=head["seq"])]
    _refuse(chain_faults(lines, head), "journal")
    return "".join(f"{line}\n" for line in lines).encode()


def _body(promise: Promise, manifest_sha256: str) -> dict[str, Any]:
    return {
        "pack_id": promise.pack_id,
        "run_id": promise.run_id,
        "content_sha256": promise.content_sha256,
        "manifest_sha256": manifest_sha256,
        "journal_head_seq": promise.inputs_head["seq"],
        "journal_head_hash": promise.inputs_head["hash"],
    }


def _refuse(faults: list[str], where: str) -> None:
    if faults:
        what = f"not what the manifest says: {'; '.join(faults)}"
        raise IntegrityError(what, where=where, fix="put the files back as they were, or run the month again: nothing was sealed")
