"""What a killed process left beside the rooms: never read, and swept by the next writer, who holds the lock."""

from __future__ import annotations

import shutil
from pathlib import Path

from tasks.store.home import Home

SWEPT = {"staged": 1, "reconciled": 1, "measured": 1, "published": 4, "archived": 3}  # room → how deep its finished folders and files lie


def leftovers(home: Home) -> list[Path]:
    """Return everything half-written in the rooms that `sweep` would remove."""
    return [
        path for room, deep in SWEPT.items() for level in range(1, deep + 1) for path in home.room(room).glob("*/" * (level - 1) + ".*")
    ]


def sweep(home: Home) -> int:
    """Remove everything half-written from the rooms and return how many folders and files that were. Call under the writer's lock."""
    found = leftovers(home)
    for path in found:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(found)
