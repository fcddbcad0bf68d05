"""The inbox and the raw room: exports as dropped, their sidecars, and landed bytes under their own digest, written once (DESIGN 2)."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from tasks.model.errors import LedgerError
from tasks.model.identity import sha256_file
from tasks.store.home import Home
from tasks.store.whole import whole_file

SIDECARS = (".meta.yml", ".meta.yaml")
NOTICE = "README.md"  # says what a folder is for; no export
SNAPSHOTS = {"services.csv": "service_catalogue", "fx.csv": "fx_rate"}  # reference files that are landed themselves, and their entities
ASIDE = ".withdrawn"  # in a source's inbox folder: files taken back
CHUNK = 4 * 1024 * 1024


def dropped(home: Home, source_id: str) -> list[Path]:
    """Return what lies in a source's inbox folder, by name; sidecars, notices and hidden files are no exports."""
    return [path for path in _visible(home.inbox / source_id) if not path.name.endswith(SIDECARS)]


def sidecar_of(export: Path) -> Path | None:
    """Return the sidecar beside an export, or None."""
    beside = [export.with_name(export.name + ending) for ending in SIDECARS]
    return next((path for path in beside if path.is_file()), None)


def sidecars_alone(home: Home, source_id: str) -> list[Path]:
    """Return the sidecars of a source whose export is not there, by name."""
    wanted = {export.name + ending for export in dropped(home, source_id) for ending in SIDECARS}
    return [path for path in _visible(home.inbox / source_id) if path.name.endswith(SIDECARS) and path.name not in wanted]


def strays(home: Home, source_ids: Collection[str]) -> list[Path]:
    """Return what lies in the inbox but in no source's folder, by name."""
    return [path for path in _visible(home.inbox) if path.name not in source_ids or not path.is_dir()]


def snapshots(home: Home) -> dict[Path, str]:
    """Return the reference files that are landed themselves, and their entities."""
    return {file: entity for name, entity in SNAPSHOTS.items() if (file := home.reference / name).is_file()}


def set_aside(home: Home, source_id: str, sha256: str) -> list[Path]:
    """Move what a source's inbox folder holds of these bytes, with its sidecar, into the hidden folder beside; return where it lay.

    Nothing is lost, and the next landing does not take it again; moved back, it is landed anew.
    """
    found = [path for path in dropped(home, source_id) if path.is_file() and not path.is_symlink() and sha256_file(path) == sha256]
    for path in found:
        aside = path.parent / ASIDE
        aside.mkdir(exist_ok=True)
        for file in filter(None, (sidecar_of(path), path)):
            file.replace(aside / file.name)
    return found


def place_of(home: Home, path: Path) -> str:
    """Return a path as messages name it: relative to the home."""
    return path.relative_to(home.root).as_posix()


def keep(home: Home, file: Path, sha256: str, name: str | None = None) -> Path:
    """Copy a file into the raw room, durable before visible, and return its place; bytes kept before are not copied again.

    Args:
        home: The home.
        file: What is copied.
        sha256: Its digest.
        name: What it is called there, if not as it is: a reference file keeps its folder.

    Raises:
        LedgerError: If the bytes no longer have that digest: the file is still being written.
    """
    place = home.raw_file(sha256, name or file.name)
    if place.is_file() and sha256_file(place) == sha256:
        return place
    with whole_file(place) as copy, file.open("rb") as source:
        shutil.copyfileobj(source, copy, CHUNK)
        copy.flush()
        if sha256_file(Path(copy.name)) != sha256:
            raise LedgerError("the file is still being written", where=place_of(home, file), fix="let the export finish, then run again")
    return place


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.name != NOTICE) if folder.is_dir() else []
