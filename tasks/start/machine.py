"""What of the machine a run needs, and what is optional: Python, libraries, zones, disk, memory, Pango, Chromium."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tasks.model.zones import zone_names
from tasks.start.remarks import Remark
from tasks.store.home import CHECKOUT

PYTHONS = ((3, 11), (3, 13))  # from, and below
BELOW = {  # library: the version from which something breaks, and what breaks
    "fastapi": ((0, 151), "the Prefect server cannot be started"),
    "sqlalchemy": ((2, 1), "scheduled runs silently never happen"),
}
GIB = 1024**3
ROOM_TO_WORK = GIB
ROOM_TO_WRITE = GIB // 10
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "set the environment up again: make setup"


def machine_remarks(folder: Path) -> Iterator[Remark]:
    """Yield what of the machine matters to a home in `folder`."""
    yield _python()
    yield _duckdb()
    yield from _libraries()
    yield _zones()
    yield _disk(folder)
    yield _memory()
    yield from _printing()
    yield _server()


def _python() -> Remark:
    got, (least, below) = sys.version_info[:2], PYTHONS
    name = ".".join(map(str, sys.version_info[:3]))
    if least <= got < below:
        return Remark("machine", "Python", "fine", name)
    return Remark("machine", "Python", "fault", f"{name} is not tested", "use Python 3.11 or 3.12")


def _duckdb() -> Remark:
    try:
        import duckdb

        with duckdb.connect(":memory:") as connection:
            connection.execute("select 1").fetchall()
    except (ImportError, OSError) as error:
        return Remark("machine", "DuckDB", "fault", f"does not start: {error}", INSTALL)
    except duckdb.Error as error:
        return Remark("machine", "DuckDB", "fault", f"does not answer: {error}", INSTALL)
    return Remark("machine", "DuckDB", "fine", duckdb.__version__)


def _libraries() -> Iterator[Remark]:
    for name, (below, effect) in BELOW.items():
        try:
            got = version(name)
        except PackageNotFoundError:
            yield Remark("machine", name, "warning", "is not installed: only --direct runs", INSTALL)
            continue
        if tuple(int(part) for part in got.split(".")[:2] if part.isdecimal()) >= below:
            limit = ".".join(map(str, below))
            yield Remark("machine", name, "warning", f"{got}: {effect}", f"install {name}<{limit}, as requirements.lock does")


def _zones() -> Remark:
    if "Europe/Berlin" not in zone_names():
        return Remark("machine", "time zones", "fault", "the tzdata package holds none", INSTALL)
    return Remark("machine", "time zones", "fine", f"tzdata {version('tzdata')}, {len(zone_names())} zones")


def _disk(folder: Path) -> Remark:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    what = f"{free / GIB:.1f} GiB free"
    if free < ROOM_TO_WORK:
        level = "fault" if free < ROOM_TO_WRITE else "warning"
        return Remark("machine", "disk", level, what, "make room: raw files and sealed bundles are kept, and a run spills")  # type: ignore[arg-type]
    return Remark("machine", "disk", "fine", what)


def _memory() -> Remark:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return Remark("machine", "memory", "note", "this system does not tell how much is free")
    free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    what = f"{free / GIB:.1f} GiB available"
    if free < ROOM_TO_WORK:
        return Remark("machine", "memory", "warning", what, "run with --memory 512MB: beyond it a run spills to disk")
    return Remark("machine", "memory", "fine", what)


def _printing() -> Iterator[Remark]:
    fonts = list((CHECKOUT / "reports" / "theme" / "fonts").glob("*"))
    if fonts:
        yield Remark("machine", "fonts", "fine", "those of the pages are bundled")
    else:
        yield Remark(
            "machine", "fonts", "warning", "reports/theme/fonts is empty: pages fall back to the reader's own", "restore the checkout"
        )
    if ctypes.util.find_library("pango-1.0"):
        yield Remark("machine", "Pango", "fine", "there (PDF)")
    else:
        yield Remark(
            "machine", "Pango", "note", "not there: no PDF, everything else works", "apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        )
    browser = next((name for name in BROWSERS if shutil.which(name)), None)
    if browser:
        yield Remark("machine", "browser", "fine", f"{browser} (tests of pages)")
    else:
        yield Remark("machine", "browser", "note", "no Chromium: only the tests of pages need one")


def _server() -> Remark:
    named = os.environ.get("PREFECT_API_URL")
    return Remark(
        "machine",
        "Prefect",
        "fine",
        "a server is named" if named else "no server is named: runs are direct, same bytes (sla up starts one)",
    )
