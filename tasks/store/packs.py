"""Published packs: their folders, written beside and renamed once, and the LATEST pointer, moved last (DESIGN 2, 5)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tasks.model.run import Run
from tasks.store.home import Home
from tasks.store.room import move_whole

MANIFEST = "manifest.json"
PAGE = "compliance.html"
PRINT = "compliance.pdf"
REVIEW_PAGE = "review.html"
REVIEW_PRINT = "review.pdf"
TRENDS_PAGE = "trends.html"
TRENDS_PRINT = "trends.pdf"
PAGES = {"month": PAGE, "quarter": REVIEW_PAGE, "trends": TRENDS_PAGE}  # by occasion: what the home page leads to


@dataclass(frozen=True)
class PackFolder:
    """A pack's folder, finished or being written: `published/<occasion>/<period>/<run_id>`, and `…/<vendor_id>/<edition>` of a vendor's."""

    root: Path

    @property
    def manifest(self) -> Path:
        """The manifest; a folder without one is half-written and is never read."""
        return self.root / MANIFEST

    def page(self, name: str) -> Path:
        """Return where a page lies."""
        return self.root / name

    def parquet(self, table: str) -> Path:
        """Return where a table lies as Parquet."""
        return self.root / "tables" / f"{table}.parquet"

    def csv(self, table: str) -> Path:
        """Return where a table lies as CSV."""
        return self.root / "tables" / f"{table}.csv"

    def relative(self, file: Path) -> str:
        """Return a file's path inside the pack, as the manifest writes it."""
        return file.relative_to(self.root).as_posix()

    def read_manifest(self) -> dict[str, Any]:
        """Return the manifest's content."""
        content: dict[str, Any] = json.loads(self.manifest.read_text(encoding="utf-8"))
        return content


def find_pack(home: Home, run: Run) -> PackFolder | None:
    """Return the finished pack of a run, or None."""
    folder = PackFolder(home.pack(run.occasion, run.period, run.path))
    return folder if folder.manifest.is_file() else None


@contextmanager
def publishing(home: Home, run: Run, finished_by: str = MANIFEST) -> Iterator[PackFolder]:
    """Yield a folder beside the pack's place; a clean exit renames it once, else nothing of it stays.

    Args:
        home: The home.
        run: The run whose pack it is.
        finished_by: The file that only a finished folder has. What has no manifest is no pack: nobody signs it and no list shows it.
    """
    target = home.pack(run.occasion, run.period, run.path)
    beside = home.pack(run.occasion, run.period, f".{run.run_id}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "tables").mkdir(parents=True)
    try:
        yield PackFolder(beside)
        if not (target / finished_by).is_file():
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            move_whole(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def point_latest(home: Home, run: Run) -> None:
    """Let LATEST name this run, in one step, unless what it names is known later, or is a record and this run a rehearsal.

    Of packs that are one vendor's, LATEST has a line for each vendor and edition: `<run_id>/<vendor_id>/<edition>`.
    """
    if not _outranks(run, _latest(home, run)):
        others = [line for line in home.latest_paths(run.occasion, run.period) if _reader(line) != _reader(run.path)]
        _replace(home.latest(run.occasion, run.period), "".join(f"{line}\n" for line in sorted([*others, run.path], key=_reader)))


def _reader(path: str) -> str:
    """Return vendor and edition of a pack's path; nothing of a pack that is for all."""
    return path.partition("/")[2]


def latest_packs(home: Home, occasion: str) -> dict[str, PackFolder]:
    """Return the pack that each period's LATEST names, by period."""
    pointers = sorted((home.room("published") / occasion).glob("*/LATEST"))
    packs = {one.parent.name: PackFolder(one.with_name(one.read_text(encoding="utf-8").strip())) for one in pointers}
    return {period: pack for period, pack in packs.items() if pack.manifest.is_file()}


def _latest(home: Home, run: Run) -> dict[str, Any] | None:
    """Return the manifest of the pack that LATEST names for the same reader; None if there is none that can be read."""
    own = [path for path in home.latest_paths(run.occasion, run.period) if _reader(path) == _reader(run.path)]
    folders = [PackFolder(home.pack(run.occasion, run.period, path)) for path in own]
    return next((folder.read_manifest() for folder in folders if folder.manifest.is_file()), None)


def _outranks(run: Run, latest: dict[str, Any] | None) -> bool:
    """Tell whether the pack shown stays: a preview moves nothing, a record goes before a rehearsal, of two alike the later as_of."""
    if run.is_preview or latest is None:
        return run.is_preview
    if latest["is_simulated"] != run.is_simulated:
        return run.is_simulated
    return datetime.fromisoformat(latest["as_of"]) > run.as_of


def write_front(home: Home, html: str) -> Path:
    """Write the home page of the published room in one step and return its path."""
    front = home.room("published") / "index.html"
    _replace(front, html)
    return front


def write_beside(home: Home, occasion: str, period: str, name: str, html: str) -> str:
    """Write a page beside the packs of a period in one step and return its path inside the home."""
    file = home.latest(occasion, period).with_name(name)
    _replace(file, html)
    return file.relative_to(home.root).as_posix()


@dataclass(frozen=True)
class Shelved:
    """A finished pack as the home page lists it. `path` is the run_id, and vendor and edition where it is one vendor's."""

    occasion: str
    period: str
    folder: PackFolder
    is_latest: bool
    path: str


def shelf(home: Home) -> list[Shelved]:
    """Return every finished pack, newest period first, the latest run of a period before its older ones."""
    room, found = home.room("published"), []
    for depth in ("*/*/*", "*/*/*/*/*"):
        for manifest in room.glob(f"{depth}/{MANIFEST}"):
            occasion, period, *path = manifest.parent.relative_to(room).parts
            if not path[0].startswith("."):
                is_latest = "/".join(path) in home.latest_paths(occasion, period)
                found.append(Shelved(occasion, period, PackFolder(manifest.parent), is_latest, "/".join(path)))
    by_name = sorted(found, key=lambda pack: (pack.occasion, not pack.is_latest, _reader(pack.path), pack.path))
    return sorted(by_name, key=_period, reverse=True)


def _period(pack: Shelved) -> str:
    return pack.period


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8", newline="") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(file)
