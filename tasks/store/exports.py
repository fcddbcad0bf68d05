"""An export as a stream of its content, whatever it is packed in or encoded as: plain, gzip, or a zip archive with one file inside.

Landing reads it to judge it, staging to parse it, so that both see the same bytes. Archives are hostile until shown otherwise.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO

CHUNK = 1024 * 1024
UNPACKED_LIMIT = 32 * 1024 * 1024 * 1024  # bytes an archive may unpack to
RATIO_LIMIT = 250  # times its packed size that a file of an archive may unpack to
RATIO_FROM = 16 * 1024 * 1024  # bytes from which on the ratio is looked at: small files of blanks are harmless
FIELD_LIMIT = 64 * 1024 * 1024  # characters of one field of a table
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # how files are packed in archives that every tool writes and reads
BROKEN = (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError)  # what zipfile raises of an archive that it cannot open
BESIDE = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$)")  # what file managers put into archives
UTF8 = "utf-8"
csv.field_size_limit(FIELD_LIMIT)  # the module's own limit is smaller than a long description


class ExportError(Exception):
    """A file cannot be read at all: `what` is wrong, and how to mend it."""

    def __init__(self, what: str, fix: str) -> None:
        self.what = what
        self.fix = fix
        super().__init__(what)


@dataclass(frozen=True)
class ExportFile:
    """One file of an inbox or of the raw room.

    Attributes:
        path: Where it lies; its name says what it is.
        encoding: Encoding of its text, if its source or mapping names another than UTF-8.
    """

    path: Path
    encoding: str | None = None

    @property
    def is_gzip(self) -> bool:
        """Tell whether its name says that it is packed with gzip."""
        return self.path.name.lower().endswith(".gz")

    @property
    def is_zip(self) -> bool:
        """Tell whether its name says that it is a zip archive."""
        return self.path.name.lower().endswith(".zip")

    @property
    def is_recoded(self) -> bool:
        """Tell whether its text is in another encoding than UTF-8."""
        return self.encoding is not None and codecs.lookup(self.encoding).name != UTF8

    @property
    def kind(self) -> str:
        """Return the kind that the name of its content says: `csv`, `xlsx`, ..., in lower case.

        Raises:
            ExportError: If it is an archive that cannot be opened, or holds other than one file.
        """
        name = self.member.filename if self.member else self.path.name
        return name.lower().removesuffix(".gz").rpartition(".")[2]

    @property
    def address(self) -> str:
        """Return its name, and behind `!` that of the file in the archive."""
        return f"{self.path.name}!{self.member.filename}" if self.member else self.path.name

    @cached_property
    def member(self) -> zipfile.ZipInfo | None:
        """Return the one file of a zip archive; None for other files."""
        if not self.is_zip:
            return None
        with _archive(self.path) as archive:
            members = [found for found in archive.infolist() if not found.is_dir() and not BESIDE.search(found.filename)]
            _refuse_paths(members)
            if len(members) != 1:
                names = ", ".join(sorted(found.filename for found in members)) or "none"
                raise ExportError(f"the zip archive holds {len(members)} files where one is read: {names}", "drop each export by itself")
            refuse_bomb(members, UNPACKED_LIMIT)
            return members[0]

    def opened(self) -> BinaryIO:
        """Open its content, unpacked and as UTF-8 where it is text in another encoding."""
        stream = self._unpacked()
        is_text = self.kind not in ("xlsx", "parquet")
        recoded = self.is_recoded and is_text
        return io.BufferedReader(_Recoded(stream, str(self.encoding)), CHUNK) if recoded else stream  # type: ignore[return-value]

    def _unpacked(self) -> BinaryIO:
        if self.member is None:
            return _ungzipped(self.path.open("rb"), self.path.stat().st_size) if self.is_gzip else self.path.open("rb")
        inside: Any = _archive(self.path).open(self.member)
        return _ungzipped(inside, self.member.file_size) if self.member.filename.lower().endswith(".gz") else inside

    def seekable(self) -> IO[bytes]:
        """Return its content for readers that jump about in it: the file itself, or a copy if it is packed."""
        return self.plain() if self.is_zip or self.is_gzip else self.path.open("rb")

    def plain(self) -> IO[bytes]:
        """Return its content as a file of its own that goes when it is closed: for readers that need a path or jump about."""
        copy = tempfile.NamedTemporaryFile(suffix=f".{self.kind}")  # noqa: SIM115 - the caller closes it
        with self.opened() as stream:
            while chunk := stream.read(CHUNK):
                copy.write(chunk)
        copy.flush()
        copy.seek(0)
        return copy


def refuse_bomb(members: Sequence[zipfile.ZipInfo], limit: int) -> None:
    """Refuse an archive whose files would unpack to far more than they are, are locked, or are packed as few tools can read.

    Raises:
        ExportError: With the file's name.
    """
    for member in members:
        if member.flag_bits & 1:
            raise ExportError(f"{member.filename} in it is locked with a password", "pack it without a password")
        if member.compress_type not in METHODS:
            method = zipfile.compressor_names.get(member.compress_type, f"method {member.compress_type}")
            raise ExportError(f"{member.filename} in it is packed with {method}", "pack it as a usual zip (deflate), or with gzip")
        _refuse_explosion(f"{member.filename} in it", member.compress_size, member.file_size)
    if sum(member.file_size for member in members) > limit:
        raise ExportError(f"it unpacks to more than {limit // 1024**2} MiB", "split the export")


def _refuse_explosion(name: str, packed: int, unpacked: int) -> None:
    if unpacked > RATIO_FROM and unpacked > RATIO_LIMIT * max(packed, 1):
        raise ExportError(f"{name} unpacks to {unpacked // max(packed, 1)} times its size: a zip bomb", "export it again, unpacked")


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except BROKEN as error:
        raise ExportError(f"the zip archive is broken ({error})", "export or transfer it again and compare its size") from error


def _refuse_paths(members: Sequence[zipfile.ZipInfo]) -> None:
    for member in members:
        parts = re.split(r"[/\\]", member.orig_filename)
        if ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", parts[0]):
            raise ExportError(f"a path in the zip archive leads out of it: {member.orig_filename}", "pack the export alone, by its name")


def _ungzipped(packed: BinaryIO, size: int) -> BinaryIO:
    return io.BufferedReader(_Ungzipped(packed, size), CHUNK)  # type: ignore[return-value]


class _Ungzipped(io.RawIOBase):
    """Unpacks gzip and stops where it explodes: its header does not say how much is in it."""

    def __init__(self, packed: BinaryIO, size: int) -> None:
        self._packed = packed
        self._size = size
        self._stream = gzip.GzipFile(fileobj=packed)
        self._unpacked = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; 0 at the end. ExportError if it unpacks to far more than it is."""
        count = self._stream.readinto(buffer)
        self._unpacked += count
        _refuse_explosion("it", self._size, self._unpacked)
        if self._unpacked > UNPACKED_LIMIT:
            raise ExportError(f"it unpacks to more than {UNPACKED_LIMIT // 1024**2} MiB", "split the export")
        return count

    def close(self) -> None:
        """Close what it reads from."""
        self._stream.close()
        self._packed.close()
        super().close()


class _Recoded(io.RawIOBase):
    """Reads text of one encoding and gives it as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = b""
        self._is_done = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; 0 at the end. UnicodeDecodeError if the text is not of that encoding."""
        while not self._ready and not self._is_done:
            chunk = self._stream.read(CHUNK)
            self._is_done = not chunk
            self._ready = self._decoder.decode(chunk, final=self._is_done).encode(UTF8)
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def close(self) -> None:
        """Close what it reads from."""
        self._stream.close()
        super().close()
