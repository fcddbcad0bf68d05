"""Inbox to raw: content-addressed, idempotent by digest, one journal row a file, all files of a call or none (DESIGN 1, DOMAIN 4.4).

Nothing reaches raw or the journal before it was found whole; one bad file holds nothing else up. A call that is killed at any point is
made good by the next one: bytes that are in raw already are not copied again, and only the journal says that a file was landed.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tasks.land.expectations import expected, refuse_difference
from tasks.land.inspection import Export, count_rows
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.identity import sha256_file
from tasks.model.mapping import Read, TableMapping
from tasks.model.reference import Expects, Source, how_read
from tasks.store.code import code_version
from tasks.store.home import Home
from tasks.store.journal import Entry, Journal, Row, instant_text
from tasks.store.knowledge import REFERENCE, standing
from tasks.store.raw import dropped, keep, place_of, sidecars_alone, snapshots, strays

SETTLE = timedelta(seconds=0.25)


@dataclass(frozen=True)
class Found:
    """A file that may be landed, the source it comes from, and its place as messages name it."""

    path: Path
    source: Source
    where: str

    @property
    def is_snapshot(self) -> bool:
        """Tell whether it is a reference file: each landing replaces the one before."""
        return self.source.id == REFERENCE


@dataclass(frozen=True)
class Look:
    """A file as one look finds it: two looks that differ mean that it is still being written."""

    size: int
    modified_ns: int
    inode: int

    @classmethod
    def at(cls, path: Path) -> Look:
        """Look at a file."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


@dataclass(frozen=True)
class Sound:
    """A new file that was read through and found whole."""

    found: Found
    expects: Expects
    look: Look
    sha256: str
    rows: int


@dataclass(frozen=True)
class LandReport:
    """What one call did: journal rows of the files landed, places of the files known already, errors of the files refused."""

    landed: tuple[Row, ...] = ()
    skipped: tuple[str, ...] = ()
    refused: tuple[LedgerError, ...] = ()

    def __str__(self) -> str:
        bodies = [row.body for row in self.landed if row.body]
        rows, size = sum(body["rows"] for body in bodies), sum(body["bytes"] for body in bodies)
        counts = f"landed {len(bodies)} files ({rows} rows, {size} bytes), {len(self.skipped)} known already, {len(self.refused)} refused"
        lines = [f"  {body['source_id']}/{body['file']}: {body['rows']} rows, {body['bytes']} bytes" for body in bodies]
        return "\n".join([counts, *lines, *(f"  refused {error}" for error in self.refused), self._next_step()])

    def _next_step(self) -> str:
        if self.refused:
            return "next: mend what was refused, then sla land; what was landed stays"
        if not (self.landed or self.skipped):
            return "nothing lies in the inbox: drop exports into inbox/<source>/, then sla land (sla doctor names sources without files)"
        return "next: sla month YYYY-MM; whether the rows are sound is judged there"

    def as_dict(self) -> dict[str, Any]:
        """Return the report as data for --json."""
        refused = [{"where": error.where, "what": error.what, "known": error.known, "fix": error.fix} for error in self.refused]
        return {"landed": [{"seq": row.seq, **(row.body or {})} for row in self.landed], "skipped": list(self.skipped), "refused": refused}


@dataclass(frozen=True)
class Memory:
    """What was landed before and not withdrawn: digests by source, and each snapshot's newest digest by file name."""

    digests: frozenset[tuple[str, str]]
    newest: Mapping[str, str]

    def knows(self, found: Found, sha256: str) -> bool:
        """DQ-16: the same bytes from the same source are landed once; a snapshot, whenever it differs from its newest landing."""
        return self.newest.get(found.path.name) == sha256 if found.is_snapshot else (found.source.id, sha256) in self.digests


def land(
    home: Home,
    sources: Iterable[Source],
    journal: Journal,
    *,
    now: datetime,
    is_simulated: bool = False,
    source_id: str | None = None,
    also: Sequence[Entry] = (),
    mappings: Mapping[str, TableMapping] | None = None,
    settle: timedelta = SETTLE,
    sleep: Callable[[float], None] = time.sleep,
) -> LandReport:
    """Take every new file of the inbox, and the reference tables, into raw and the journal.

    Args:
        home: The home.
        sources: The sources of sources.yml.
        journal: The home's journal.
        now: Aware UTC; becomes `recorded_from` of every file of this call, or later if the journal is ahead.
        is_simulated: `now` is a rehearsal's.
        source_id: Only this source.
        also: What else this call brings, journalled before the files, at the same instant.
        mappings: By name; those of sources say how their files are opened.
        settle: A file modified less than this ago is looked at again after this time.
        sleep: Waits that time, once a call.

    Raises:
        UnknownReferenceError: If `source_id` is no source.
    """
    found, refused = _found(home, {source.id: source for source in sources}, source_id)
    memory = _memory(journal)
    sound: dict[tuple[str, str], Sound] = {}
    skipped: list[str] = []
    for file in found:
        with _kept_apart(file.where, refused):
            sha256 = _digest(file)
            if memory.knows(file, sha256) or (file.source.id, sha256) in sound:
                skipped.append(file.where)
            else:
                sound[file.source.id, sha256] = _examined(home, file, sha256, now, how_read(file.source, mappings or {}))
    if _is_any_fresh(sound.values(), now, settle):
        sleep(settle.total_seconds())
    kept: list[Sound] = []
    for new in sound.values():
        with _kept_apart(new.found.where, refused):
            _refuse_growth(new)
            keep(home, new.found.path, new.sha256)
            kept.append(new)
    kept.sort(key=lambda new: (new.expects.extracted_at or now, new.sha256))
    rows = journal.append_many([*also, *(_entry(new) for new in kept)], now=now, is_simulated=is_simulated)
    return LandReport(tuple(rows[len(also) :]), tuple(skipped), tuple(sorted(refused, key=lambda error: (error.where or "", error.what))))


@contextmanager
def _kept_apart(where: str, refused: list[LedgerError]) -> Iterator[None]:
    """Keep the fault of one file among the refused, so that it holds no other file up."""
    try:
        yield
    except LedgerError as error:
        refused.append(error)
    except OSError as error:
        fix = "drop it again, mend its permissions, or make room on the disk"
        refused.append(LedgerError(f"cannot be landed: {error.strerror or error}", where=where, fix=fix))


def _found(home: Home, known: Mapping[str, Source], source_id: str | None) -> tuple[list[Found], list[LedgerError]]:
    """Return the files to look at, by source and name, and refusals of what lies where nothing belongs."""
    if source_id is not None and source_id not in known:
        raise UnknownReferenceError(where="--source", kind="source", got=source_id, known=known, fix="add it to reference/sources.yml")
    chosen = [source for source in known.values() if source_id in (None, source.id)]
    found = [Found(path, source, place_of(home, path)) for source in chosen for path in dropped(home, source.id)]
    fix = "drop the export that it describes beside it, or remove it"
    alone = [path for source in chosen for path in sidecars_alone(home, source.id)]
    refused = [LedgerError("a sidecar without its export", where=place_of(home, path), fix=fix) for path in alone]
    if source_id is None:
        refused += [_stray(home, path, known) for path in strays(home, known)]
        found += [Found(path, _snapshot_source(entity), place_of(home, path)) for path, entity in snapshots(home).items()]
    return found, refused


def _stray(home: Home, path: Path, known: Mapping[str, Source]) -> LedgerError:
    where, fix = place_of(home, path), "move it into the inbox folder of a source, or add a source to reference/sources.yml"
    if path.is_dir():
        return UnknownReferenceError(where=where, kind="source", got=path.name, known=known, fix=fix)
    return LedgerError("it lies in no source's folder", where=where, known=known, fix=fix)


def _snapshot_source(entity: str) -> Source:
    return Source(id=REFERENCE, system=REFERENCE, adapter="canonical", entity=entity)


def _memory(journal: Journal) -> Memory:
    bodies = [row.body for row in standing(journal.rows(("landing", "withdrawal"))) if row.body]
    digests = frozenset((body["source_id"], body["file_sha256"]) for body in bodies)
    return Memory(digests, {body["file"]: body["file_sha256"] for body in bodies if body["source_id"] == REFERENCE})


def _digest(found: Found) -> str:
    """Return the sha256 of a file.

    Raises:
        LedgerError: If it is none, or has a name that the journal cannot hold.
    """
    if found.path.is_symlink() or not found.path.is_file():
        kind = "a link" if found.path.is_symlink() else "a folder" if found.path.is_dir() else "a pipe or a device"
        raise LedgerError(f"this is {kind}, not a file", where=found.where, fix="put the export itself into the source's folder")
    strange = {unicodedata.category(letter) for letter in found.path.name} & {"Cc", "Cs"}
    if strange:
        what = "the file's name is not UTF-8" if "Cs" in strange else "the file's name holds control characters"
        raise LedgerError(what, where=repr(found.where), fix="give it another name")
    return sha256_file(found.path)


def _examined(home: Home, found: Found, sha256: str, now: datetime, read: Read) -> Sound:
    """Return a new file with its control totals.

    Raises:
        LedgerError: If it is not whole, not of its kind, or not what was expected.
    """
    expects, look = expected(home, found.source, found.path), Look.at(found.path)
    rows = count_rows(Export(found.path, found.where, read))
    refuse_difference(expects, found.where, rows=rows, size=look.size, now=now)
    return Sound(found, expects, look, sha256, rows)


def _is_any_fresh(sound: Iterable[Sound], now: datetime, settle: timedelta) -> bool:
    """Tell whether a file was modified just now; one that has the size it was promised is done."""
    modified_ns = max((new.look.modified_ns for new in sound if new.expects.bytes is None), default=0)
    return now.timestamp() - modified_ns / 1e9 < settle.total_seconds()


def _refuse_growth(new: Sound) -> None:
    if Look.at(new.found.path) != new.look:
        raise LedgerError("the file is still being written", where=new.found.where, fix="let the export finish, then run again")


def _entry(file: Sound) -> Entry:
    source, covers = file.found.source, file.expects.covers
    body = {
        "source_id": source.id,
        "source_system": source.system,
        "adapter": source.adapter,
        "adapter_version": code_version(),
        "file": file.found.path.name,
        "file_sha256": file.sha256,
        "bytes": file.look.size,
        "rows": file.rows,
        "extracted_at": instant_text(file.expects.extracted_at) if file.expects.extracted_at else None,
        "covers_start_at": instant_text(covers[0]) if covers else None,
        "covers_end_at": instant_text(covers[1]) if covers else None,
        "is_cover_assumed": covers is None,
        "timezone": source.timezone,
    }
    return Entry("landing", body, entity=source.entity)
