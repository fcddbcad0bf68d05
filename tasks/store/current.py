"""`published/current/`: where BI tools read the tables of the newest month's latest pack, under names that never change.

They are copies: a tool that writes where it should read alters no pack. Each is replaced in one step; `RUN_ID` says whose they are.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tasks.store.home import Home
from tasks.store.packs import PackFolder, latest_packs

OCCASION = "month"
OWNER = "RUN_ID"


def show_current(home: Home) -> None:
    """Let `published/current/<table>.parquet` be the tables of the newest month's latest pack."""
    packs = latest_packs(home, OCCASION)
    if not packs:
        return
    pack, folder = packs[max(packs)], home.room("published") / "current"
    owner = folder / OWNER
    if owner.is_file() and owner.read_text(encoding="utf-8").strip() == pack.root.name:
        return
    folder.mkdir(exist_ok=True)
    owner.unlink(missing_ok=True)
    tables = _tables(pack)
    for old in folder.glob("*.parquet"):
        if old.stem not in tables:
            old.unlink()
    for name, file in tables.items():
        beside = folder / f".{name}.{os.getpid()}"
        shutil.copyfile(file, beside)
        beside.replace(folder / f"{name}.parquet")
    owner.write_text(f"{pack.root.name}\n", encoding="utf-8")


def current_tables(home: Home) -> dict[str, dict[str, Path]]:
    """Return the latest packs' Parquet files by month and table, oldest month first."""
    return {period: _tables(pack) for period, pack in sorted(latest_packs(home, OCCASION).items())}


def _tables(pack: PackFolder) -> dict[str, Path]:
    return {file.stem: file for file in sorted(pack.parquet("x").parent.glob("*.parquet"))}
