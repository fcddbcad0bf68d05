"""`sla verify`: offline, nothing recomputed. Every altered, missing or added byte is named (DESIGN 9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tasks.archive.manifest import JOURNAL_MEMBER, MANIFEST, MANIFEST_MEMBER, Promise, differences, read_promise
from tasks.model.errors import IntegrityError
from tasks.model.identity import sha256_file
from tasks.store.bundles import Contents, bundles, find_bundle, is_as_written, read_bundle, read_member
from tasks.store.home import Home
from tasks.store.journal import Journal, Row, Witness, chain_faults
from tasks.store.raw import place_of
from tasks.store.reference import load_people


@dataclass(frozen=True)
class Verified:
    """What was looked at, what is wrong with it, and what could not be looked at here."""

    subject: str
    looked_at: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        count = len(self.faults)
        verdict = f"{count} fault{'s' if count > 1 else ''}" if count else "nothing was altered"
        lines = [f"{self.subject}: {self.looked_at} looked at, {verdict}"]
        return "\n".join([*lines, *(f"  {fault}" for fault in self.faults), *(f"  note: {note}" for note in self.notes)])

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as data for --json."""
        return {"subject": self.subject, "looked_at": self.looked_at, "faults": list(self.faults), "notes": list(self.notes)}


def verify(home: Home, pack: str | None = None, *, now: datetime | None = None, is_simulated: bool = False) -> Verified:
    """Check the journal with what it names, or one sealed bundle to the last byte.

    Args:
        home: The home.
        pack: A bundle's file, a run_id, or `occasion/period` (its newest run); None for the journal, raw files and seals.
        now: Aware UTC: the reading of a bundle is journalled as an access; None journals nothing.
        is_simulated: `now` is a rehearsal's.

    Raises:
        LedgerError: If no such bundle exists.
    """
    journal = Journal.open(home)
    if pack is None:
        return _verify_home(home, journal)
    verified, pack_id = _verify_bundle(home, journal, find_bundle(home, pack))
    if now is not None:
        access = {"action": "read", "object_type": "pack", "object_key": pack_id, "result": "allowed"}
        journal.append("access", access, now=now, is_simulated=is_simulated, object_id=pack_id)
    return verified


def trusted_manifest(home: Home, pack: str) -> tuple[dict[str, Any], str]:
    """Return the manifest of a sealed pack, and its sha256, after every byte of the bundle was checked.

    Raises:
        LedgerError: If no such bundle exists.
        IntegrityError: If anything of it was altered: nobody should sign that.
    """
    bundle = find_bundle(home, pack)
    verified = verify(home, str(bundle))
    if verified.faults:
        what = f"the pack was altered: {'; '.join(verified.faults[:5])}"
        raise IntegrityError(what, where=verified.subject, fix="sla verify tells all of it")
    content = read_member(bundle, MANIFEST_MEMBER)
    manifest: dict[str, Any] = json.loads(content)
    return manifest, hashlib.sha256(content).hexdigest()


def _verify_home(home: Home, journal: Journal) -> Verified:
    """The journal by its chain, seals and bundles by each other, raw files by the digests they were landed with."""
    subject = "journal, raw files and seals"
    manifests = {address: read_member(path, MANIFEST_MEMBER) for address, path in bundles(home).items()}
    promises = {address: read_promise(manifest) for address, manifest in manifests.items()}
    heads = {address: promise.inputs_head for address, promise in promises.items() if promise}
    faults = journal.verify(Witness(f"bundle {address}", head["seq"], head["hash"]) for address, head in heads.items())
    try:
        rows, head = journal.rows(("landing", "seal")), journal.head()
    except IntegrityError as error:
        return Verified(subject, 0, (*faults, error.what))
    faults += _key_faults(home, journal)
    faults += _seal_faults({address: hashlib.sha256(manifest).hexdigest() for address, manifest in manifests.items()}, rows)
    faults += _raw_faults(home, [(row.body["file"], row.body["file_sha256"]) for row in rows if row.kind == "landing" and row.body])
    return Verified(subject, head.seq if head else 0, tuple(dict.fromkeys(faults)))


def _key_faults(home: Home, journal: Journal) -> Iterator[str]:
    """A signed row names a key that people.yml lists for whoever wrote it; an old key stays listed with its valid_to."""
    signed = [row for row in journal.rows() if row.public_key is not None]
    known = {(person.person_ref, person.public_key) for person in load_people(home)} if signed else set()
    for row in signed:
        if (row.actor_ref, row.public_key) not in known:
            yield f"journal row {row.seq} is signed by a key that reference/people.yml does not list for {row.actor_ref}"


def _seal_faults(manifests: Mapping[str, str], rows: Iterable[Row]) -> Iterator[str]:
    """Hold bundles, by their manifest's sha256, against the seals of the journal: each must have the other."""
    seals = {row.body["pack_id"]: row.body["manifest_sha256"] for row in rows if row.kind == "seal" and row.body}
    sealed = {"/".join(pack_id.split("/")[:3]): sha256 for pack_id, sha256 in seals.items()}  # vendor and edition have their own run_id
    for address, sha256 in manifests.items():
        if address not in sealed:
            yield f"bundle {address}: no seal of it stands in the journal"
        elif sha256 != sealed[address]:
            yield f"bundle {address}: its manifest differs from what the journal sealed"
    for address in sealed:
        if address not in manifests:
            yield f"bundle {address}: missing, although the journal sealed it"


def _raw_faults(home: Home, files: list[tuple[str, str]]) -> Iterator[str]:
    for name, sha256 in dict.fromkeys(files):
        path = home.raw_file(sha256, name)
        if not path.is_file():
            yield f"{place_of(home, path)}: missing"
        elif sha256_file(path) != sha256:
            yield f"{place_of(home, path)}: altered"


def _verify_bundle(home: Home, journal: Journal, bundle: Path) -> tuple[Verified, str]:
    contents = read_bundle(bundle, (MANIFEST_MEMBER, JOURNAL_MEMBER))
    promise = read_promise(contents.kept.get(MANIFEST_MEMBER, b""))
    if promise is None:
        what = "altered, it is no manifest" if MANIFEST_MEMBER in contents.digests else "missing"
        return Verified(bundle.name, len(contents.digests), (*contents.damaged, f"{MANIFEST_MEMBER}: {what}")), bundle.stem
    faults = [*contents.damaged, *_member_faults(contents, promise)]
    seals = {row.body["manifest_sha256"] for row in journal.rows(("seal",)) if row.body and row.body["run_id"] == promise.run_id}
    notes = []
    if contents.digests[MANIFEST_MEMBER] in seals:
        faults += [*_raw_faults(home, _landed(promise)), *_folder_faults(home, contents, promise)]
    elif seals:
        faults.append(f"{MANIFEST_MEMBER}: differs from what the journal sealed")
    elif bundle in bundles(home).values() or promise.home.get("name") == home.name:
        faults.append("no seal of this run stands in the journal")
    else:
        notes.append(
            f"sealed in home '{promise.home.get('name')}': compare its manifest's sha256 {contents.digests[MANIFEST_MEMBER]} there"
        )
    if not faults and not is_as_written(bundle):
        faults.append("the archive around the files was altered: its order, names, dates or checksums")
    return Verified(bundle.name, len(contents.digests), tuple(faults), tuple(notes)), promise.pack_id


def _member_faults(contents: Contents, promise: Promise) -> list[str]:
    unreadable = {fault.split(": ")[0] for fault in contents.damaged}
    promised = {name: sha256 for name, sha256 in promise.members.items() if name not in unreadable}
    faults = differences(promised, contents.digests, besides=(MANIFEST_MEMBER, JOURNAL_MEMBER))
    if JOURNAL_MEMBER in contents.kept:
        lines = contents.kept[JOURNAL_MEMBER].decode("utf-8", errors="replace").removesuffix("\n").split("\n")
        return faults + [f"{JOURNAL_MEMBER}: {fault}" for fault in chain_faults(lines, promise.inputs_head)]
    return faults if JOURNAL_MEMBER in unreadable else [*faults, f"{JOURNAL_MEMBER}: missing"]


def _landed(promise: Promise) -> list[tuple[str, str]]:
    return [(row["file"], row["sha256"]) for row in promise.inputs if row["kind"] == "landing"]


def _folder_faults(home: Home, contents: Contents, promise: Promise) -> list[str]:
    """The published folder, where it still stands, holds the same files."""
    folder = home.room("published") / promise.pack_id
    if not folder.is_dir():
        return []
    found = {file.relative_to(folder).as_posix(): sha256_file(file) for file in folder.rglob("*") if file.is_file()}
    promised = dict(promise.pack) | {MANIFEST: contents.digests[MANIFEST_MEMBER]}
    return [f"{place_of(home, folder)}/{fault}" for fault in differences(promised, found)]
