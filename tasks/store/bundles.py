"""Sealed bundles as files: one ZIP with deterministic bytes: members sorted, stored, without dates (DESIGN 9)."""

from __future__ import annotations

import hashlib
import io
import struct
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from tasks.model.errors import LedgerError
from tasks.store.home import Home

PACK = "pack/"  # begins the names of the pack's own files in a bundle
INSTANT = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16
UNIX = 3
CHUNK = 1024 * 1024
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, KeyError, ValueError, struct.error)


@dataclass(frozen=True)
class Member:
    """One file of a bundle: its name, its size in bytes, and how to open it."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]

    @classmethod
    def of_file(cls, name: str, path: Path) -> Member:
        """Return a member that holds a file's bytes."""
        return cls(name, path.stat().st_size, lambda: path.open("rb"))

    @classmethod
    def of_bytes(cls, name: str, content: bytes) -> Member:
        """Return a member that holds these bytes."""
        return cls(name, len(content), lambda: io.BytesIO(content))


@dataclass
class Contents:
    """What a bundle holds: the digest of every member that can be read, the bytes of the few asked for, and what is damaged."""

    digests: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)


def write_bundle(target: BinaryIO, members: Iterable[Member]) -> dict[str, str]:
    """Write the one ZIP that holds these members; return their sha256 by name."""
    digests = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for member in sorted(members, key=lambda member: member.name):
            entry = zipfile.ZipInfo(member.name, INSTANT)
            entry.external_attr, entry.create_system, entry.file_size = MODE, UNIX, member.size
            with member.open() as source, archive.open(entry, "w") as copy:
                digests[member.name] = _copy(source, copy)
    return digests


def read_bundle(bundle: Path, keep: Collection[str]) -> Contents:
    """Read a bundle through, whatever was done to it; the bytes of the members in `keep` are kept."""
    contents = Contents()
    try:
        with zipfile.ZipFile(bundle) as archive:
            names = Counter(archive.namelist())
            contents.damaged += [f"{name}: stands in the bundle {count} times" for name, count in names.items() if count > 1]
            for name in names:
                _read_member(archive, name, contents, keep)
    except UNREADABLE as error:
        contents.damaged.append(f"the bundle is no whole archive: {error}")
    return contents


def read_member(bundle: Path, name: str) -> bytes:
    """Return the bytes of one member; none if it cannot be read."""
    contents = Contents()
    try:
        with zipfile.ZipFile(bundle) as archive:
            _read_member(archive, name, contents, (name,))
    except UNREADABLE:
        return b""
    return contents.kept.get(name, b"")


def is_as_written(bundle: Path) -> bool:
    """Tell whether the archive around a bundle's members is the one that `write_bundle` makes, to the byte."""
    with zipfile.ZipFile(bundle) as archive, tempfile.TemporaryFile() as again, bundle.open("rb") as found:
        write_bundle(again, [_member(archive, entry) for entry in archive.infolist()])
        again.seek(0)
        while chunk := found.read(CHUNK):
            if again.read(len(chunk)) != chunk:
                return False
        return not again.read(1)


def bundles(home: Home) -> dict[str, Path]:
    """Return the home's sealed bundles by address (`occasion/period/run_id`), in order."""
    room = home.room("archived")
    found = {path.relative_to(room).with_suffix("").as_posix(): path for path in room.glob("*/*/*.zip") if not path.name.startswith(".")}
    return dict(sorted(found.items()))


def find_bundle(home: Home, pack: str) -> Path:
    """Return the bundle that `pack` names: a file, a run_id, `occasion/period` (its newest run), `occasion/period/run_id` or a pack_id.

    Of packs that are one vendor's, `occasion/period/vendor/edition` is the newest of that vendor and edition.

    Raises:
        LedgerError: If there is none; it names those that there are.
    """
    if Path(pack).is_file():
        return Path(pack)
    known = bundles(home)
    parts = pack.split("/")
    newest = [path for path in home.latest_paths(*parts[:2]) if path.split("/")[1:] == parts[2:]] if len(parts) in (2, 4) else []
    run_id = newest[0].split("/")[0] if newest else parts[2] if len(parts) == 5 else None
    address = "/".join([*parts[:2], run_id]) if run_id else pack
    for known_address, path in known.items():
        if address in (known_address, path.stem):
            return path
    raise LedgerError(
        f"no sealed bundle '{pack}'", where="sla verify", known=known, fix="name a bundle's file, a run_id or occasion/period"
    )


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    return Member(entry.filename, entry.file_size, lambda: archive.open(entry))


def _read_member(archive: zipfile.ZipFile, name: str, contents: Contents, keep: Collection[str]) -> None:
    target = io.BytesIO()
    try:
        if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
            raise ValueError("it is packed, and bundles pack nothing")
        with archive.open(name) as source:
            digest = _copy(source, target if name in keep else None)
    except UNREADABLE as error:
        contents.damaged.append(f"{name}: cannot be read ({error})")
        return
    contents.digests[name] = digest
    if name in keep:
        contents.kept[name] = target.getvalue()


def _copy(source: IO[bytes], target: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()
