"""Fetched exports on their way into the inbox: whole files with their sidecars, or nothing (DESIGN 4).

A fetched file is gzip with one member a page, so that every answer of the server is kept byte for byte. Its header names the file and the
instant of extraction: two extractions that brought the same bytes stay two files, each with the time it covers.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.model.errors import FaultsError
from tasks.model.form import read
from tasks.model.identity import sha256_file
from tasks.model.reference import Expects
from tasks.store.home import Home
from tasks.store.raw import SIDECARS, dropped, place_of, sidecar_of, sidecars_alone
from tasks.store.whole import whole_file
from tasks.store.yaml_lines import read_yaml

FETCHED = "fetched-"
LEVEL = 6


@dataclass
class Note:
    """What a sidecar will say; its writer fills it in while the pages come."""

    extracted_at: datetime
    covers: tuple[datetime, datetime] | None = None
    rows: int = 0

    def text(self, size: int) -> str:
        """Return the sidecar of a file of so many bytes."""
        lines = [f'extracted_at: "{self.extracted_at.isoformat()}"', f"rows: {self.rows}", f"bytes: {size}"]
        if self.covers:
            lines.append(f'covers: ["{self.covers[0].isoformat()}", "{self.covers[1].isoformat()}"]')
        return "\n".join([*lines, ""])


@dataclass(frozen=True)
class Delivered:
    """A fetched file that lies in the inbox."""

    file: str
    sha256: str
    bytes: int


def deliver(home: Home, source_id: str, name: str, pages: Iterable[bytes], note: Note) -> Delivered:
    """Write the pages as one file of a source, its sidecar first; nothing stays if a page cannot be had.

    Args:
        home: The home.
        source_id: Whose folder of the inbox.
        name: Without beginning and ending.
        pages: Bodies as the server sent them.
        note: Is whole when the pages are.
    """
    target = home.inbox / source_id / f"{FETCHED}{name}.json.gz"
    with whole_file(target) as file:
        for body in pages:
            with gzip.GzipFile(target.name, "wb", LEVEL, file, note.extracted_at.timestamp()) as member:
                member.write(body)
        size = file.tell()
        with whole_file(target.with_name(target.name + SIDECARS[0])) as sidecar:
            sidecar.write(note.text(size).encode())
    return Delivered(target.name, sha256_file(target), size)


def pages_of(file: Path) -> Iterator[bytes]:
    """Yield the pages of a fetched file, each as the server sent it."""
    packed = file.read_bytes()
    while packed:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        yield member.decompress(packed)
        packed = member.unused_data


def waiting(home: Home, source_id: str) -> list[tuple[datetime, datetime]]:
    """Return the spans covered by what lies in a source's inbox folder, by the word of the sidecars."""
    sidecars = [sidecar for export in dropped(home, source_id) if (sidecar := sidecar_of(export))]
    return [covers for sidecar in sidecars if (covers := _covers(home, sidecar))]


def _covers(home: Home, sidecar: Path) -> tuple[datetime, datetime] | None:
    document = read_yaml(sidecar.read_bytes(), place_of(home, sidecar))
    try:
        return None if document.faults else read(Expects, document.value).covers
    except FaultsError:  # landing says what is wrong with it
        return None


def sweep_inbox(home: Home, source_id: str) -> None:
    """Remove what a killed extraction left: half files, and sidecars whose file never came. Call under the writer's lock."""
    half = (home.inbox / source_id).glob(f".{FETCHED}*.partial")
    alone = [path for path in sidecars_alone(home, source_id) if path.name.startswith(FETCHED)]
    for path in (*half, *alone):
        path.unlink(missing_ok=True)
